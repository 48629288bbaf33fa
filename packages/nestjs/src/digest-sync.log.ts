import { Logger } from "@nestjs/common";
import type { DigestSyncOptions } from "./digest-sync.options.js";

export const logger = new Logger("DigestSync");

/** Logs an error nobody expected, once and without row data, and hands the app's error tracker the whole of it. */
export function report(what: string, error: unknown, onError: DigestSyncOptions["onError"]): void {
  logger.error(`${what}: ${errorForLog(error)}`);
  try {
    onError?.(error);
  } catch (thrown) {
    logger.error(`onError itself failed: ${errorForLog(thrown)}`);
  }
}

/** Messages the JavaScript engine writes: they name properties and never quote values. */
const HARMLESS = /^Cannot (read|set) properties of (null|undefined) \(|^[\w.$]+ is not (a function|defined)$/;

/**
 * An error for the log: its name, code and stack frames. Most messages stay out: Prisma's quote query arguments, a JSON
 * parser's its input, and both may be rows. Messages of DigestSyncError never do.
 */
export function errorForLog(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  const message = error.name === "DigestSyncError" || HARMLESS.test(error.message) ? `: ${error.message}` : "";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [`${error.name}${code}${message}`, ...frames].join("\n");
}
