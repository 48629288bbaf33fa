/** Thrown inside a transaction to have it rolled back. */
export class RolledBack extends Error {}

/** Unique value taken, foreign key, row or relation not found: the errors a random write may end with by itself. */
const refusals = ["P2002", "P2003", "P2014", "P2015", "P2017", "P2018", "P2025"];

export function isPrismaRefusal(error: unknown): boolean {
  return refusals.includes(String((error as { code?: unknown }).code));
}

/**
 * The same of raw SQL: by SQLSTATE class 23 (PostgreSQL, MySQL's drivers, and inside the message of a Prisma error that
 * has no number of its own), or SQLite's words.
 */
export function databaseRefusal(error: unknown): boolean {
  const { code, sqlState, message } = error as { code?: unknown; sqlState?: unknown; message?: unknown };
  if (/^23\d{3}$/.test(String(code)) || /^23\d{3}$/.test(String(sqlState))) return true;
  if (code !== "P2010" && code !== "P2039" && !String(code).startsWith("SQLITE_CONSTRAINT")) return false;
  return /constraint failed|Code: `(23\d{3}|1062|1451|1452|1761)`/i.test(String(message));
}

/** Two transactions met: the one that is told so writes again. */
export function isConflict(error: unknown): boolean {
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: unknown };
  if (["P2034", "40P01", "40001"].includes(String(code)) || errno === 1213) return true;
  return code === "P2010" && /Code: `(40P01|40001|1213)`|deadlock/i.test(String(message));
}

/** No connection, or no time left for a transaction: too many at once on this machine, which proves nothing. */
export function isLate(error: unknown): boolean {
  return ["P2024", "P2028"].includes(String((error as { code?: unknown }).code));
}
