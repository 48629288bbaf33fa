import { condition, dependentsOf, type Join, ownRow, type Watch, watchedRow } from "../dependents.js";
import type { Source, Trigger } from "../dialect.js";
import type { TableName } from "../manifest.js";
import type { LocatedSource, TableFacts } from "./catalogue.js";
import { joined, keyExpression, output, scopeExpression } from "./places.js";
import { identifier, qualified } from "./sql.js";
import { append, leaveNote, trigger, wildcard } from "./trigger.js";

/** Rows of a watched table, as a trigger sees them, and what is asked of those that depend on them. */
interface Places {
  /** `(SELECT OLD.*)`, or a table of rows. */
  readonly rows: string;
  /** What stands where the path has the watched row: what the database has, other rows, or none. */
  readonly parent?: string | "none";
  /** Leave out a row whose path breaks off: what broke it has captured it. */
  readonly reached?: true;
}

const oldRow = "(SELECT OLD.*)";
const newRow = "(SELECT NEW.*)";

/** {scope, key} of the rows that depend on watched rows. */
function placesOf(source: Source, watch: Watch, { rows, parent, reached }: Places): string {
  const replaced = parent === undefined ? undefined : watch.alias;
  const joins = watch.joins.filter(({ alias }) => alias !== replaced);
  const down = watch.steps.map((step) => ` JOIN ${qualified(step.table)} ${step.alias} ON ${on(step)}`).join("");
  let stead = "";
  if (replaced !== undefined) {
    stead =
      parent === "none"
        ? ` LEFT JOIN ${qualified(watch.table)} ${replaced} ON false`
        : ` CROSS JOIN ${parent} ${replaced}`;
  }
  return `SELECT ${scopeExpression(dependentsOf(source).scope, {})} AS "scope", ${keyExpression(source, ownRow)} AS "key"
    FROM ${rows} ${watchedRow}${down}${stead}${joined(joins, {}, reached ? "as related" : "outer")}`;
}

const on = (join: Join) => condition(join, identifier);

/** Any of these columns differs, byte by byte, whatever their collations say. */
const changed = (columns: readonly string[]) =>
  columns
    .map((name) => [`OLD.${identifier(name)}`, `NEW.${identifier(name)}`])
    .map(([was, is]) => `(${was} IS NULL) <> (${is} IS NULL) OR ${output(`${was}`)} <> ${output(`${is}`)}`)
    .join(" OR ");

/**
 * Waits for whoever is adding rows on the way down, so that the next statement sees them: a foreign key holds the row that
 * it refers to FOR KEY SHARE until its transaction ends. `from` also locks the watched row itself, as it is now.
 */
function locks({ table, references, steps }: Watch, row: string, itself: boolean): string[] {
  const statements: string[] = [];
  if (itself) {
    const same = references.map((name) => `l.${identifier(name)} = ${row}.${identifier(name)}`).join(" AND ");
    statements.push(`PERFORM 1 FROM ${qualified(table)} l WHERE ${same} FOR UPDATE;`);
  }
  for (const [index, { alias }] of steps.slice(0, -1).entries()) {
    const between = steps
      .slice(0, index + 1)
      .map((step) => ` JOIN ${qualified(step.table)} ${step.alias} ON ${on(step)}`);
    const order = (steps[index + 1] as Join).on.map(({ equals }) => `${alias}.${identifier(equals)}`);
    statements.push(
      `PERFORM 1 FROM (SELECT ${row}.*) ${watchedRow}${between.join("")} ORDER BY ${order.join(", ")} FOR UPDATE OF ${alias};`,
    );
  }
  return statements;
}

/**
 * A transaction with a snapshot of its own does not see the rows that were added meanwhile. They are stored where they
 * were before this update: in one scope when nothing else than the watched row decides that, or in any.
 */
function unseen(source: Source, facts: TableFacts, { alias }: Watch): string {
  const { scope } = dependentsOf(source);
  const known = scope.every((part) => part.alias === alias);
  const places = known
    ? `SELECT ${scopeExpression(scope, { [alias ?? ""]: "OLD" })} AS "scope", NULL::text AS "key"`
    : wildcard;
  return `IF current_setting('transaction_isolation') <> 'read committed' THEN ${append(source, facts, places)} END IF;`;
}

const sameTable = (a: TableName, b: TableName) => a.schema === b.schema && a.name === b.name;

/**
 * Triggers on the tables that a collection's scopes and lists depend on. A change is captured on both sides: the places of
 * the rows before it, and after it.
 *
 * Parents have row triggers: the old row of an update and its new one are wanted together. After the update, because other
 * triggers may change a row before it is written; but the rows behind a key that changes are looked for before, because
 * ON UPDATE SET NULL unties them.
 */
export function watchTriggers({ source, facts: factsOf }: LocatedSource): Trigger[] {
  // What refers to the other side of a list goes with it, unless nothing enforces that.
  const all = dependentsOf(source).watches.filter(({ kind }) => kind !== "target" || source.emulatedRelations);
  const tables = all
    .map(({ table }) => table)
    .filter((one, at, list) => list.findIndex((other) => sameTable(one, other)) === at);
  const triggers: Trigger[] = [];
  for (const table of tables) {
    const facts = factsOf(table);
    const watches = all.filter((watch) => sameTable(watch.table, table));
    const add = (
      kind: string,
      event: string,
      manner: string,
      statements: readonly string[],
      result: "NULL" | "OLD" | "NEW",
    ) => {
      const body = `BEGIN\n  ${statements.join("\n  ")}\n  RETURN ${result};\nEND`;
      if (statements.length > 0)
        triggers.push(
          trigger({ source, kind: `${kind}_${table.name}`, table: table.name, facts, event, manner, body }),
        );
    };
    const appended = (watch: Watch, places: readonly Places[]) =>
      append(source, facts, places.map((one) => placesOf(source, watch, one)).join(" UNION "));

    const links = watches.filter(({ kind }) => kind === "link");
    const changes = (rows: readonly string[]) =>
      links.map((watch) =>
        appended(
          watch,
          rows.map((one) => ({ rows: one })),
        ),
      );
    for (const [event, tables] of [
      ["insert", ["NEW"]],
      ["update", ["OLD", "NEW"]],
      ["delete", ["OLD"]],
    ] as const) {
      const rows = facts.rowTriggers
        ? tables.map((one) => `(SELECT ${one}.*)`)
        : tables.map((one) => `digest_${one.toLowerCase()}`);
      const manner = facts.rowTriggers
        ? "FOR EACH ROW"
        : `REFERENCING ${tables.map((one) => `${one} TABLE AS digest_${one.toLowerCase()}`).join(" ")} FOR EACH STATEMENT`;
      add(event, `AFTER ${event.toUpperCase()}`, manner, changes(rows), "NULL");
    }

    const parents = watches.filter(({ kind }) => kind !== "link");
    const without = (watch: Watch, rows: string) => (watch.optional ? [{ rows, parent: "none" } as const] : []);
    const references = [...new Set(parents.flatMap((watch) => watch.references))];
    const columns = [...new Set(parents.flatMap((watch) => watch.columns))];
    add(
      "delete",
      "BEFORE DELETE",
      "FOR EACH ROW",
      parents.flatMap((watch) => [
        ...locks(watch, "OLD", false),
        appended(watch, [{ rows: oldRow, reached: true }, ...without(watch, oldRow)]),
        leaveNote,
      ]),
      "OLD",
    );
    add(
      "note",
      "BEFORE UPDATE",
      `FOR EACH ROW WHEN (${changed(columns)})`,
      parents.length > 0 ? [leaveNote] : [],
      "NEW",
    );
    add(
      "rename",
      "BEFORE UPDATE",
      `FOR EACH ROW WHEN (${changed(references)})`,
      parents.flatMap((watch) => [...locks(watch, "OLD", false), appended(watch, [{ rows: oldRow, reached: true }])]),
      "NEW",
    );
    add(
      "update",
      "AFTER UPDATE",
      `FOR EACH ROW WHEN (${changed(columns)})`,
      parents.flatMap((watch) => [
        ...locks(watch, "NEW", true),
        appended(
          watch,
          [oldRow, newRow].flatMap((rows) => [
            { rows, parent: oldRow, reached: true } as const,
            { rows, parent: newRow },
          ]),
        ),
        ...(watch.optional ? [appended(watch, without(watch, oldRow))] : []),
        unseen(source, facts, watch),
      ]),
      "NULL",
    );
    if (source.emulatedRelations) {
      add(
        "insert",
        "AFTER INSERT",
        "FOR EACH ROW",
        parents.map((watch) => appended(watch, [{ rows: newRow }, ...without(watch, newRow)])),
        "NULL",
      );
    }
    // What is referred to by a foreign key is truncated with what refers to it, which has a trigger of its own.
    if (links.length > 0 || source.emulatedRelations) {
      add("truncate", "AFTER TRUNCATE", "FOR EACH STATEMENT", [append(source, facts, wildcard)], "NULL");
    }
  }
  return triggers;
}
