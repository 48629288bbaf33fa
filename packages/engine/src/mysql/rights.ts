import { dependentsOf } from "../dependents.js";
import type { Source } from "../dialect.js";
import type { Session, Statement } from "../ports.js";
import { identifier, statement, tableName } from "./sql.js";
import { triggerPrefix } from "./trigger.js";

/** The server's number of an error, through the bare driver or Prisma. */
function numberOf(error: unknown): number | undefined {
  const { errno, message } = error as { errno?: unknown; message?: unknown };
  const found = typeof errno === "number" ? errno : /Code: `(\d+)`/.exec(String(message))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What the server says, without what Prisma writes around it. */
function said(error: unknown): string {
  const text = String((error as { message?: unknown }).message);
  return /Message: `(.*)`\s*$/s.exec(text)?.[1] ?? text.split("\n").at(0) ?? text;
}

/** Access denied to a table, to a column, to a database, and to what only some may do; the server is read-only. */
const denials = new Set([1142, 1143, 1044, 1227, 1290]);

/** Statements that do nothing, and that are refused like those that settling needs. */
function probes(sources: readonly Source[]): Statement[] {
  const tables = new Set(
    sources.flatMap((source) => [
      tableName(source.table),
      ...dependentsOf(source).joins.map(({ table }) => tableName(table)),
      ...Object.values(source.table.lists ?? {}).map(({ join }) => tableName(join)),
    ]),
  );
  const inserts = ["_digest_pending", "_digest_scope", "_digest_row", "_digest_error", "_digest_meta"].map(
    (table) => `INSERT INTO ${identifier(table)} SELECT t.* FROM ${identifier(table)} t WHERE FALSE`,
  );
  return [
    ...[...tables].map(
      (table) => `INSERT INTO \`_digest_pending\` (\`collection\`) SELECT '' FROM ${table} WHERE FALSE`,
    ),
    ...inserts,
    "UPDATE `_digest_scope` s JOIN `_digest_row` r JOIN `_digest_error` e JOIN `_digest_meta` m SET s.`version` = s.`version`, r.`head` = r.`head`, e.`message` = e.`message`, m.`value` = m.`value` WHERE FALSE",
    "DELETE p, r, e FROM `_digest_pending` p JOIN `_digest_row` r JOIN `_digest_error` e WHERE FALSE",
  ].map((sql) => statement(sql));
}

/** Rights that this connection lacks: to settle, and to see the triggers. */
export async function problems(session: Session, sources: readonly Source[]): Promise<string[]> {
  const found = new Set<string>();
  for (const probe of probes(sources)) {
    try {
      await session.execute(probe);
    } catch (error) {
      if (!denials.has(numberOf(error) ?? 0)) throw error;
      found.add(
        `Settling is refused: ${said(error)}. The app's database user needs SELECT on the synced tables, and SELECT, INSERT, UPDATE, DELETE on those of Digest Sync.`,
      );
    }
  }
  const [row] = await session.query<{ user: string; sees: number | bigint }>(
    statement(
      `SELECT CURRENT_USER() AS \`user\`, EXISTS (SELECT 1 FROM information_schema.TRIGGERS
       WHERE TRIGGER_SCHEMA = DATABASE() AND LEFT(TRIGGER_NAME, ${triggerPrefix.length}) = '${triggerPrefix}')
       OR EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER')
       OR EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER')
       OR EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES WHERE PRIVILEGE_TYPE = 'TRIGGER') AS \`sees\``,
    ),
  );
  if (row && Number(row.sees) === 0) {
    found.add(
      `The database user ${row.user} may not see triggers, so nobody can tell whether writes are captured: GRANT TRIGGER on the synced tables to it.`,
    );
  }
  return [...found];
}

/** Why the server refused to make a trigger, and what mends it. */
export function refusal(error: unknown): string | undefined {
  switch (numberOf(error)) {
    case 1419:
      return `The server has a binary log and lets administrators alone make triggers. Let one of them run "npx digest-sync install", or SET GLOBAL log_bin_trust_function_creators = 1.`;
    case 1142:
    case 1227:
      return `The database user may not make triggers: ${said(error)}. GRANT TRIGGER on the app's tables to it, or install as another user.`;
    case 1295:
      return "MySQL makes no triggers by prepared statements: pass { useTextProtocol: true } as the second argument of PrismaMariaDb where you install.";
    default:
      return undefined;
  }
}
