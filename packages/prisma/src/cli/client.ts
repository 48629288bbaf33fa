import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Digests } from "@digest-sync/engine";

/** What the user has to write differently: exit code 2. */
export class UsageError extends Error {}

/** The part of an extended Prisma client that the commands use. */
export interface ExtendedClient {
  readonly $digests: Digests;
}

/**
 * Loads the user's Prisma client from a JavaScript module that exports it as `prisma` or as default.
 *
 * @throws UsageError when there is no such module, or it exports no extended client
 */
export async function loadClient(path: string): Promise<ExtendedClient> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`There is no module ${file} (--client ${path}).`);
  const exported = await importModule(file);
  const found = candidates(exported).find((value) => isClient(value));
  if (found === undefined) {
    throw new UsageError(
      `${file} exports no Prisma client. Export one as "prisma" or as default:\n` +
        "export const prisma = new PrismaClient({ adapter }).$extends(digestSync(manifest));",
    );
  }
  if (typeof (found as Partial<ExtendedClient>).$digests?.install !== "function") {
    throw new UsageError(
      `The Prisma client of ${file} is not extended. Export the client that $extends returns:\n` +
        "export const prisma = new PrismaClient({ adapter }).$extends(digestSync(manifest));",
    );
  }
  return found as ExtendedClient;
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new UsageError(
        `Node cannot import ${file} as it is. Name the compiled JavaScript, or let a loader compile it: NODE_OPTIONS="--import tsx".`,
      );
    }
    throw new Error(`${file} failed while it was loaded: ${(error as Error).message}`, { cause: error });
  }
}

/** A Prisma client is a Proxy of no known class: any object that can disconnect is taken for one. */
function isClient(value: unknown): boolean {
  return typeof property(value, "$disconnect") === "function";
}

/** A CommonJS module arrives as `default`, and once more as `default` of that when it was compiled from ESM. */
function candidates(exported: Record<string, unknown>): unknown[] {
  const inner = exported.default as Record<string, unknown> | undefined;
  return [exported.prisma, exported.default, property(inner, "prisma"), property(inner, "default")];
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
