import { sha256, toHex } from "@digest-sync/core";
import type { Dialect, OwnCollection } from "../dialect.js";
import type { ScopeRef } from "../scope.js";
import { among, bytes, hex, ids, integer, list, packed, statement, text } from "./sql.js";

// Lists are literals in the statement's text: thousands of placeholders cost driver and ORM more than the database. What
// locks takes them as JSON instead: see deleteByIds.

/** `collection` and `scope` are one of these pairs: as ranges of an index, which MySQL does not see in a list of pairs. */
function amongPlaces(scopes: readonly ScopeRef[]): string {
  const groups = new Map<string, string[]>();
  for (const { collection, scope } of scopes) {
    const group = groups.get(collection);
    if (group) group.push(bytes(scope));
    else groups.set(collection, [bytes(scope)]);
  }
  const conditions = [...groups].map(
    ([collection, some]) => `(\`collection\` = ${bytes(collection)} AND \`scope\` ${among(some)})`,
  );
  return `(${conditions.join(" OR ") || "FALSE"})`;
}

/** The collections whose fingerprint `_digest_meta` holds now. */
function amongOwn(own: readonly OwnCollection[]): string {
  const prefix = "collection:";
  const conditions = own.map(
    ({ name, fingerprint }) =>
      `(m.\`name\` = ${bytes(prefix + name)} AND SUBSTRING(m.\`value\`, 1, 17) = ${bytes(`${fingerprint}:`)})`,
  );
  const names = `SELECT SUBSTRING(m.\`name\`, ${prefix.length + 1}) FROM \`_digest_meta\` m`;
  return `IN (${names} WHERE ${conditions.join(" OR ") || "FALSE"})`;
}

const scopeColumns = `\`id\`, ${text("`collection`")} AS \`collection\`, ${text("`scope`")} AS \`scope\`,
       \`version\`, \`count\`, \`state\`, \`sketch\``;

/**
 * A list outside, an index lookup inside: whatever the number of rows. A list of literals becomes a scan as soon as it
 * names most of a small table, and a scan waits for rows that open transactions of the app have written.
 */
const deleteByIds = (table: string, column: string, id: string, rowIds: readonly string[]) =>
  statement(
    `DELETE r FROM JSON_TABLE(?, '$[*]' COLUMNS (\`id\` ${column} PATH '$')) j
     STRAIGHT_JOIN \`${table}\` r FORCE INDEX (PRIMARY) ON r.\`id\` = ${id}`,
    JSON.stringify(rowIds),
  );
const deletePending = (rowIds: readonly string[]) =>
  deleteByIds("_digest_pending", "BIGINT UNSIGNED", "j.`id`", rowIds);

/** Scopes as the rows of `j`. */
const listedPlaces = `JSON_TABLE(?, '$[*]' COLUMNS (\`collection\` VARCHAR(256) CHARACTER SET ascii PATH '$[0]',
       \`scope\` VARCHAR(5888) CHARACTER SET ascii PATH '$[1]')) j`;
const places = (scopes: readonly ScopeRef[]) =>
  JSON.stringify(scopes.map(({ collection, scope }) => [hex(collection), hex(scope)]));

/** Scopes are locked in the order of this index, which is that of the bytes: settlers do not come to a deadlock. */
const inOrder = "FORCE INDEX (`_digest_scope_collection_scope_key`)";

const errorId = ({ collection, scope, key }: ScopeRef & { key: string }) =>
  toHex(sha256(new TextEncoder().encode(JSON.stringify([collection, scope, key]))));

export const statements = {
  append: (changes) =>
    statement(
      `INSERT INTO \`_digest_pending\` (\`collection\`, \`scope\`, \`key\`) VALUES ${changes
        .map(({ collection, scope, key }) => `(${bytes(collection)}, ${bytes(scope)}, ${bytes(key)})`)
        .join(", ")}`,
    ),
  pendingScopes: (own, limit, only) =>
    statement(
      `SELECT DISTINCT ${text("p.`collection`")} AS \`collection\`, ${text("p.`scope`")} AS \`scope\`
       FROM (SELECT \`collection\`, \`scope\` FROM \`_digest_pending\`
       WHERE \`collection\` ${amongOwn(own)}${only ? ` AND (\`scope\` IS NULL OR ${amongPlaces(only)})` : ""} ORDER BY \`id\` LIMIT ${integer(limit)}) p`,
    ),
  pending: (own, scopes, limit) =>
    packed(
      `${list(`CAST(p.\`id\` AS CHAR), ${text("p.`collection`")}, ${text("p.`scope`")}, ${text("p.`key`")}`, " ORDER BY p.`id`")} AS \`rows\`
       FROM (SELECT \`id\`, \`collection\`, \`scope\`, \`key\` FROM \`_digest_pending\`
       WHERE \`collection\` ${amongOwn(own)} AND ${amongPlaces(scopes)} ORDER BY \`id\` LIMIT ${integer(limit)}) p`,
    ),
  deletePending,

  wildcards: (own, limit) =>
    statement(
      `SELECT CAST(\`id\` AS CHAR) AS \`id\`, ${text("`collection`")} AS \`collection\`, ${text("`key`")} AS \`key\` FROM \`_digest_pending\`
       WHERE \`scope\` IS NULL AND \`collection\` ${amongOwn(own)} ORDER BY \`_digest_pending\`.\`id\` LIMIT ${integer(limit)}`,
    ),
  expandWildcards: (wildcards) => [
    // Waits for settlers at work: they may have read a row as it was before, and stored nothing of it yet.
    statement(
      `INSERT INTO \`_digest_pending\` (\`collection\`, \`scope\`, \`key\`) SELECT s.\`collection\`, s.\`scope\`, UNHEX(j.\`key\`)
       FROM \`_digest_scope\` s ${inOrder} STRAIGHT_JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       \`collection\` VARCHAR(256) CHARACTER SET ascii PATH '$[0]', \`key\` VARCHAR(6128) CHARACTER SET ascii PATH '$[1]')) j
       WHERE s.\`collection\` ${among([...new Set(wildcards.map(({ collection }) => bytes(collection)))])}
       AND s.\`collection\` = UNHEX(j.\`collection\`) AND (j.\`key\` IS NULL OR EXISTS (SELECT 1 FROM \`_digest_row\` r
       WHERE r.\`scope_id\` = s.\`id\` AND r.\`key\` = UNHEX(j.\`key\`) LOCK IN SHARE MODE)) LOCK IN SHARE MODE`,
      JSON.stringify(wildcards.map(({ collection, key }) => [hex(collection), key === null ? null : hex(key)])),
    ),
    deletePending(wildcards.map(({ id }) => id)),
  ],
  appendScopes: (scopeIds) =>
    statement(
      `INSERT INTO \`_digest_pending\` (\`collection\`, \`scope\`, \`key\`)
       SELECT s.\`collection\`, s.\`scope\`, r.\`key\` FROM \`_digest_scope\` s JOIN \`_digest_row\` r ON r.\`scope_id\` = s.\`id\`
       WHERE s.\`id\` ${ids(scopeIds)}`,
    ),

  // One process at a time: two that insert into a unique index, of many rows each, come to a deadlock over its gaps.
  ensureScopes: (scopes) => [
    statement(
      `INSERT INTO \`_digest_meta\` (\`name\`, \`value\`) VALUES (${bytes("scopes")}, '') ON DUPLICATE KEY UPDATE \`value\` = \`value\``,
    ),
    statement(
      `INSERT INTO \`_digest_scope\` (\`collection\`, \`scope\`) SELECT UNHEX(j.\`collection\`), UNHEX(j.\`scope\`)
       FROM ${listedPlaces} WHERE NOT EXISTS (SELECT 1 FROM \`_digest_scope\` s
       WHERE s.\`collection\` = UNHEX(j.\`collection\`) AND s.\`scope\` = UNHEX(j.\`scope\`))`,
      places(scopes),
    ),
  ],
  lockScopes: (scopes) =>
    statement(
      `SELECT s.\`id\` FROM ${listedPlaces} STRAIGHT_JOIN \`_digest_scope\` s ${inOrder}
       ON s.\`collection\` = UNHEX(j.\`collection\`) AND s.\`scope\` = UNHEX(j.\`scope\`) FOR UPDATE`,
      places(scopes),
    ),
  scopes: (scopes) => statement(`SELECT ${scopeColumns} FROM \`_digest_scope\` WHERE ${amongPlaces(scopes)}`),
  scopesOf: (collection) =>
    statement(
      `SELECT ${scopeColumns} FROM \`_digest_scope\` WHERE \`collection\` = ${bytes(collection)} ORDER BY \`id\``,
    ),
  summary: (scopes, metas) => {
    const tuple = `\`id\`, ${text("`collection`")}, ${text("`scope`")}, CAST(\`version\` AS CHAR), \`count\`, COALESCE(LOWER(HEX(\`state\`)), '')`;
    const here = amongPlaces(scopes);
    const met = metas.map(([name, value]) => `(\`name\` = ${bytes(name)} AND \`value\` = ${bytes(value)})`);
    return packed(
      `(SELECT ${list(tuple)} FROM \`_digest_scope\` WHERE ${here}) AS \`rows\`,
       EXISTS (SELECT 1 FROM \`_digest_pending\` WHERE ${here} OR (\`scope\` IS NULL AND \`collection\` ${among(
         [...new Set(scopes.map(({ collection }) => collection))].map(bytes),
       )})) AS \`pending\`,
       (SELECT COUNT(*) FROM \`_digest_error\` WHERE ${here}) AS \`errors\`,
       (SELECT COUNT(*) FROM \`_digest_meta\` WHERE ${met.join(" OR ") || "FALSE"}) AS \`ready\``,
    );
  },
  stamps: (scopes) =>
    packed(
      `${list(`${text("`collection`")}, ${text("`scope`")}, COALESCE(LOWER(HEX(SUBSTRING(\`state\`, 1, 16))), '')`)} AS \`rows\`
       FROM \`_digest_scope\` WHERE ${amongPlaces(scopes)}`,
    ),
  bumpScopes: (collection) =>
    statement(
      `UPDATE \`_digest_scope\` ${inOrder} SET \`version\` = \`version\` + 1 WHERE \`collection\` = ${bytes(collection)}`,
    ),
  // An INSERT that inserts nothing: all these ids are there. As many UPDATEs would cost a round trip each, and JSON is
  // three times as slow. A moved version makes the sum overflow, an error in every SQL mode, which aborts the transaction.
  advance: (updates) => [
    statement(
      `INSERT INTO \`_digest_scope\` (\`id\`, \`collection\`, \`scope\`, \`version\`, \`count\`, \`state\`, \`sketch\`) VALUES ${updates
        .map(({ id, version, count, state, sketch }) => {
          const sums = [`X'${toHex(state)}'`, sketch === null ? "NULL" : `X'${toHex(sketch)}'`];
          return `(${[integer(id), "''", "''", integer(version), integer(count), ...sums].join(", ")})`;
        })
        .join(
          ", ",
        )} ON DUPLICATE KEY UPDATE \`count\` = VALUES(\`count\`), \`state\` = VALUES(\`state\`), \`sketch\` = VALUES(\`sketch\`),
       \`version\` = IF(\`version\` = VALUES(\`version\`), \`version\` + 1, \`version\` + 9223372036854775807 + 1)`,
    ),
  ],
  failing: (scopes) =>
    statement(
      `SELECT DISTINCT ${text("`collection`")} AS \`collection\`, ${text("`scope`")} AS \`scope\` FROM \`_digest_error\`
       WHERE ${amongPlaces(scopes)}`,
    ),
  putErrors: (errors) =>
    statement(
      `INSERT INTO \`_digest_error\` (\`id\`, \`collection\`, \`scope\`, \`key\`, \`message\`) VALUES ${errors
        .map((error) => {
          const { collection, scope, key, message } = error;
          return `(${[`X'${errorId(error)}'`, ...[collection, scope, key].map(bytes), text(bytes(message))].join(", ")})`;
        })
        .join(", ")} ON DUPLICATE KEY UPDATE \`message\` = VALUES(\`message\`)`,
    ),
  deleteErrors: (keys) =>
    deleteByIds("_digest_error", "CHAR(64) CHARACTER SET ascii", "UNHEX(j.`id`)", keys.map(errorId)),

  getMeta: (names) =>
    statement(
      `SELECT ${text("`name`")} AS \`name\`, ${text("`value`")} AS \`value\` FROM \`_digest_meta\` WHERE \`name\` ${among(names.map(bytes))}`,
    ),
  putMeta: (name, value) =>
    statement(
      `INSERT INTO \`_digest_meta\` (\`name\`, \`value\`) VALUES (${bytes(name)}, ${bytes(value)})
       ON DUPLICATE KEY UPDATE \`value\` = VALUES(\`value\`)`,
    ),
  moveMeta: (name, from, to) =>
    statement(
      `UPDATE \`_digest_meta\` SET \`value\` = ${bytes(to)} WHERE \`name\` = ${bytes(name)} AND \`value\` = ${bytes(from)}`,
    ),
} satisfies Partial<Dialect>;
