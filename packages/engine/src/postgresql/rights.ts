import type { Source } from "../dialect.js";
import type { TableName } from "../manifest.js";
import type { Session } from "../ports.js";
import { namedTables, ownSchema, tableArrays, triggerPrefix } from "./catalogue.js";
import { identifier, literal, qualified, statement } from "./sql.js";
import { tableNames } from "./tables.js";

/** What keeps this connection from settling, or triggers from capturing. */
export async function problems(session: Session, sources: readonly Source[]): Promise<string[]> {
  return [...(await serverProblems(session)), ...(await rightsProblems(session, readTables(sources)))];
}

async function serverProblems(session: Session): Promise<string[]> {
  const [server] = await session.query<{ version: number; encoding: string; standby: boolean }>(
    statement(
      `SELECT current_setting('server_version_num')::int AS "version", getdatabaseencoding()::text AS "encoding",
       pg_is_in_recovery() AS "standby"`,
    ),
  );
  if (!server) return [];
  const { version, encoding, standby } = server;
  const found: string[] = [];
  if (version < 140_000) found.push(`PostgreSQL ${Math.floor(version / 10_000)} is too old: 14 is the least.`);
  if (encoding !== "UTF8") found.push(`The database's encoding is ${encoding}; only UTF8 is supported.`);
  if (standby) found.push("This connection leads to a standby, where nothing can be settled: connect to the primary.");
  return found;
}

/** The tables that settling, audits and triggers read: also those on scope paths and behind lists. */
function readTables(sources: readonly Source[]): TableName[] {
  const tables = sources.flatMap(({ table: { schema, name, paths = {}, lists = {} } }): TableName[] => [
    schema === undefined ? { name } : { schema, name },
    ...Object.values(paths).flatMap(({ hops }) => hops.map(({ table }) => table)),
    ...Object.values(lists).flatMap(({ join, to }) => [join, to]),
  ]);
  return [...new Map(tables.map((table) => [qualified(table), table])).values()];
}

/** What one role may do with one table. */
interface Rights {
  /** Position among the tables asked about. */
  readonly at: number | bigint;
  readonly role: string;
  /** Our trigger functions run as this role, whoever writes; otherwise it is the connection's own. */
  readonly definer: boolean;
  readonly schema: string;
  readonly name: string;
  readonly usage: boolean;
  readonly granted: readonly string[];
  /** The sequence of its ids that the role may not use. */
  readonly sequence: string | null;
  readonly hidden: boolean;
}

const roles = `SELECT current_user::regrole::oid, false UNION SELECT p.proowner, true FROM pg_catalog.pg_proc p
  WHERE p.pronamespace = quote_ident(${ownSchema})::regnamespace AND starts_with(p.proname, ${literal(triggerPrefix)})
  AND p.prorettype = 'trigger'::regtype`;

/** Row-level security applies to the role, and no policy shows it everything. */
const hidden = `c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls
  AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE'))
  AND (SELECT bool_or(p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true') AND bool_and(p.polpermissive)
    FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*')
    AND EXISTS (SELECT 1 FROM unnest(p.polroles) m WHERE m = 0 OR pg_has_role(r.oid, m, 'USAGE'))) IS NOT TRUE`;

async function rightsProblems(session: Session, read: readonly TableName[]): Promise<string[]> {
  const tables = [...tableNames.map((name) => ({ name })), ...read];
  const rows = await session.query<Rights>(
    statement(
      `SELECT t.at, r.rolname::text AS "role", d.definer, t.schema, t.name, has_schema_privilege(r.oid, c.relnamespace, 'USAGE') AS "usage",
       ARRAY(SELECT p FROM unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) p WHERE CASE WHEN p = 'SELECT'
         THEN has_any_column_privilege(r.oid, c.oid, p) ELSE has_table_privilege(r.oid, c.oid, p) END) AS "granted",
       (SELECT s.name FROM (SELECT pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS name FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attname = 'id' AND t.at <= ${tableNames.length}) s
         WHERE NOT has_sequence_privilege(r.oid, s.name, 'USAGE')) AS "sequence", ${hidden} AS "hidden"
       FROM (${namedTables}) t JOIN pg_catalog.pg_class c ON c.oid = t.oid
       CROSS JOIN (${roles}) d(oid, definer) JOIN pg_catalog.pg_roles r ON r.oid = d.oid ORDER BY t.at, d.definer`,
      ...tableArrays(tables),
    ),
  );
  return [...new Set(rows.flatMap(problemsOf))];
}

function problemsOf({ at, role, definer, schema, name, usage, granted, sequence, hidden }: Rights): string[] {
  const own = Number(at) <= tableNames.length;
  const pending = name === "_digest_pending";
  // A trigger function appends to the queue, and looks for scopes in the app's tables.
  const needed = own ? (definer ? (pending ? ["INSERT"] : []) : ["SELECT", "INSERT", "UPDATE", "DELETE"]) : ["SELECT"];
  const lacks = needed.filter((one) => !granted.includes(one));
  const [table, to] = [qualified({ schema, name }), identifier(role)];
  const who = definer ? `the role that Digest Sync's triggers run as, ${to},` : `this connection's role, ${to},`;
  const found: string[] = [];
  if (!usage)
    found.push(
      `In schema ${identifier(schema)} ${who} may do nothing: GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${to};`,
    );
  if (lacks.length > 0) {
    found.push(`On ${table} ${who} lacks ${lacks.join(", ")}: GRANT ${lacks.join(", ")} ON ${table} TO ${to};`);
  }
  if (sequence !== null && (!definer || pending)) {
    found.push(`Of ${table} ${who} may not make ids: GRANT USAGE ON SEQUENCE ${sequence} TO ${to};`);
  }
  if (!own && hidden) {
    found.push(
      `Row-level security may hide rows of ${table} from ${who} and Digest Sync must see them all. Give Digest Sync a client ` +
        `of its own, whose role has BYPASSRLS, owns the table, or has a policy: CREATE POLICY digest_sync ON ${table} FOR SELECT TO <role> USING (true);`,
    );
  }
  return found;
}
