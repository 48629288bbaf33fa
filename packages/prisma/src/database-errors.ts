import { DigestSyncError } from "@digest-sync/core";

/** What a driver adapter says of an error of the database. */
interface Cause {
  readonly originalCode?: unknown;
  readonly originalMessage?: unknown;
  readonly kind?: unknown;
}

function causeOf(error: unknown): Cause {
  const { meta, cause } = error as { meta?: { driverAdapterError?: { cause?: Cause } }; cause?: Cause };
  return meta?.driverAdapterError?.cause ?? cause ?? {};
}

/** Serialization failure and deadlock, as PostgreSQL and MySQL name them. */
const conflicts = new Set(["40001", "40P01", "1213"]);

/** Whether the database gave a transaction up in favour of another: tried again, it may succeed. */
export function isConflict(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "P2034" || conflicts.has(String(causeOf(error).originalCode));
}

/** A value that the database itself refuses: a key of another type than its column has (now). */
export function isRefusedValue(error: unknown): boolean {
  const { originalCode, kind } = causeOf(error);
  return /^22...$/.test(String(originalCode)) || kind === "InvalidInputValue" || kind === "ValueOutOfRange";
}

/**
 * An error that a row is to blame for. Prisma cannot decode a value: P2023 (inconsistent column data), or an error of the
 * JavaScript conversion itself (text in a BigInt column, broken JSON), which has no code. Or the database cannot look for
 * its key. The value stays out of the message.
 */
export function undecodable(collection: string, error: unknown): DigestSyncError | undefined {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  const last = String(message).split("\n").at(-1) ?? "";
  let reason: string;
  if (isRefusedValue(error)) reason = "the database does not accept its key";
  else if (code === "P2023")
    reason = last.replace(/, got .*|^Value '.*' not/s, (part) => (part.startsWith("V") ? "Value not" : ""));
  else if (code === undefined && (name === "SyntaxError" || name === "RangeError")) reason = `${name} in a value`;
  else if (code === undefined && last.startsWith("[DecimalError]")) reason = "Invalid Decimal";
  else return undefined;
  return new DigestSyncError("unencodable", `Prisma cannot decode a row of ${collection}: ${reason}.`, {
    collection,
    cause: error,
  });
}
