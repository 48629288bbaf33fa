import { sha256, toHex } from "@digest-sync/core";
import type { Dialect, DigestPlace, OwnCollection, ScopeId } from "../dialect.js";
import type { Statement } from "../ports.js";
import type { ScopeRef } from "../scope.js";
import { among, bytes, hex, integer, statement, text } from "./sql.js";

// Lists are literals in the statement's text: thousands of placeholders cost driver and ORM more than the database.

/** Groups by a property, in the order of appearance. */
function grouped<Value>(values: readonly Value[], by: (value: Value) => string): [string, Value[]][] {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const group = groups.get(by(value));
    if (group) group.push(value);
    else groups.set(by(value), [value]);
  }
  return [...groups];
}

/** `collection` and `scope` are one of these pairs: as ranges of an index, which MySQL does not see in a list of pairs. */
function amongPlaces(scopes: readonly ScopeRef[]): string {
  const groups = grouped(scopes, ({ collection }) => collection);
  if (groups.length === 0) return "FALSE";
  const conditions = groups.map(
    ([collection, refs]) =>
      `(\`collection\` = ${bytes(collection)} AND \`scope\` ${among(refs.map(({ scope }) => bytes(scope)))})`,
  );
  return `(${conditions.join(" OR ")})`;
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

/**
 * GROUP_CONCAT and MariaDB's JSON_ARRAYAGG silently cut what is longer than `group_concat_max_len` (1 KB, 1 MB). Raised
 * for one statement: MariaDB reads the first comment, MySQL the second, and neither changes the pooled session.
 */
const packed = (select: string, ...parameters: Statement["parameters"][number][]) =>
  statement(
    `/*M!100100 SET STATEMENT group_concat_max_len=1073741824 FOR */ SELECT /*+ SET_VAR(group_concat_max_len=1073741824) */ ${select}`,
    ...parameters,
  );

/** A JSON array of all rows' tuples; null without rows. */
const list = (tuple: string, order = "") =>
  `CONCAT('[', GROUP_CONCAT(JSON_ARRAY(${tuple})${order} SEPARATOR ','), ']')`;

const scopeColumns = `\`id\`, ${text("`collection`")} AS \`collection\`, ${text("`scope`")} AS \`scope\`,
       \`version\`, \`count\`, \`state\`, \`sketch\``;

/** A stored digest as 64 hexadecimal digits: JavaScript gets no rounded 64-bit integer that way. */
const hexDigest = "LOWER(CONCAT(LPAD(HEX(r.`head`), 16, '0'), HEX(r.`tail`)))";
const digestTuple = `r.\`scope_id\`, ${text("r.`key`")}, ${hexDigest}`;

/** The head as the signed 64-bit integer the index holds. */
const head = (digits: string) => BigInt.asIntN(64, BigInt(`0x${digits.slice(0, 16)}`)).toString();

/** An element of a stored digest, as 16 hexadecimal digits. */
const element = (window: number) =>
  window === 0 ? "LPAD(HEX(`head`), 16, '0')" : `SUBSTRING(HEX(\`tail\`), ${window * 16 - 15}, 16)`;

const ids = (scopeIds: readonly ScopeId[]) => among(scopeIds.map(integer));

/** Lookups by scope and keys, one SELECT for each scope: as a list of pairs they are planned as a scan of all scopes. */
const eachScope = (wanted: readonly DigestPlace[], select: (scopeId: string, keys: string) => string) =>
  grouped(wanted, ({ scopeId }) => integer(scopeId))
    .map(([scopeId, places]) => select(scopeId, among(places.map(({ key }) => bytes(key)))))
    .join(" UNION ALL ");

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
  advance: (updates) => [
    // By id whatever the number of rows: a scan would wait for all other settlers' scopes.
    // A moved version makes the sum overflow, which is an error in every SQL mode, and aborts the whole transaction.
    statement(
      `UPDATE JSON_TABLE(?, '$[*]' COLUMNS (\`id\` BIGINT PATH '$[0]', \`version\` BIGINT PATH '$[1]',
       \`count\` BIGINT PATH '$[2]', \`state\` LONGTEXT PATH '$[3]', \`sketch\` LONGTEXT PATH '$[4]')) u
       STRAIGHT_JOIN \`_digest_scope\` s FORCE INDEX (PRIMARY) ON s.\`id\` = u.\`id\`
       SET s.\`version\` = IF(s.\`version\` = u.\`version\`, u.\`version\` + 1, s.\`version\` + 9223372036854775807 + 1),
       s.\`count\` = u.\`count\`, s.\`state\` = UNHEX(u.\`state\`), s.\`sketch\` = UNHEX(u.\`sketch\`)`,
      JSON.stringify(
        updates.map(({ id, version, count, state, sketch }) => [
          String(id),
          String(version),
          count,
          toHex(state),
          sketch && toHex(sketch),
        ]),
      ),
    ),
  ],
  digests: (wanted) =>
    wanted.length === 0
      ? statement("SELECT NULL AS `rows`")
      : packed(
          `${list("r.`scope_id`, r.`key`, r.`digest`")} AS \`rows\` FROM (${eachScope(
            wanted,
            (scopeId, keys) =>
              `SELECT r.\`scope_id\`, ${text("r.`key`")} AS \`key\`, ${hexDigest} AS \`digest\` FROM \`_digest_row\` r
       WHERE r.\`scope_id\` = ${scopeId} AND r.\`key\` ${keys}`,
          )}) r`,
        ),
  putDigests: (rows) =>
    statement(
      `INSERT INTO \`_digest_row\` (\`scope_id\`, \`key\`, \`head\`, \`tail\`) VALUES ${rows
        .map(
          ({ scopeId, key, digest }) => `(${integer(scopeId)}, ${bytes(key)}, ${head(digest)}, X'${digest.slice(16)}')`,
        )
        .join(", ")} ON DUPLICATE KEY UPDATE \`head\` = VALUES(\`head\`), \`tail\` = VALUES(\`tail\`)`,
    ),
  deleteDigests: (wanted) =>
    statement(
      `DELETE r FROM JSON_TABLE(?, '$[*]' COLUMNS (\`scope_id\` BIGINT PATH '$[0]', \`key\` VARCHAR(6128) CHARACTER SET ascii PATH '$[1]')) j
       STRAIGHT_JOIN \`_digest_row\` r FORCE INDEX (PRIMARY) ON r.\`scope_id\` = j.\`scope_id\` AND r.\`key\` = UNHEX(j.\`key\`)`,
      JSON.stringify(wanted.map(({ scopeId, key }) => [Number(scopeId), hex(key)])),
    ),
  digestPage: (scopeIds, after, limit) => {
    const behind = after === null ? "" : ` AND \`key\` > ${bytes(after)}`;
    // Several scopes are merged by sorting. No row of the page lies beyond the first key at which one scope alone would
    // fill it: without that bound every page would sort all that is left.
    const bound = `(SELECT MIN(f.\`full\`) FROM (SELECT (SELECT b.\`key\` FROM \`_digest_row\` b
       WHERE b.\`scope_id\` = s.\`id\`${behind} ORDER BY b.\`key\` LIMIT 1 OFFSET ${integer(limit - 1)}) AS \`full\`
       FROM \`_digest_scope\` s WHERE s.\`id\` ${ids(scopeIds)}) f)`;
    const bounded = scopeIds.length > 1 ? ` AND \`key\` <= COALESCE(${bound}, REPEAT(X'FF', 3064))` : "";
    return packed(
      `${list(digestTuple, " ORDER BY r.`key`")} AS \`rows\` FROM (SELECT * FROM \`_digest_row\`
       WHERE \`scope_id\` ${ids(scopeIds)}${behind}${bounded} ORDER BY \`key\` LIMIT ${integer(limit)}) r`,
    );
  },
  elementPage: (scopeId, window, after, limit) =>
    packed(
      `${text("MAX(`key`)")} AS \`last\`, COUNT(*) AS \`count\`, GROUP_CONCAT(${element(window)} SEPARATOR '') AS \`elements\`
       FROM (SELECT \`key\`, \`head\`, \`tail\` FROM \`_digest_row\` WHERE \`scope_id\` = ${integer(scopeId)}
       ${after === null ? "" : ` AND \`key\` > ${bytes(after)}`} ORDER BY \`key\` LIMIT ${integer(limit)}) r`,
    ),
  elementsOf: (scopeIds, window) =>
    packed(
      `NULL AS \`last\`, COUNT(*) AS \`count\`, GROUP_CONCAT(${element(window)} SEPARATOR '') AS \`elements\`
       FROM \`_digest_row\` WHERE \`scope_id\` ${ids(scopeIds)}`,
    ),
  findElements: (scopeIds, elements) =>
    packed(
      `${list(digestTuple)} AS \`rows\` FROM \`_digest_row\` r
       WHERE r.\`scope_id\` ${ids(scopeIds)} AND r.\`head\` ${among(elements.map(head))}`,
    ),
  filterPage: (scopeIds, window, elements, after, limit) => {
    const wanted = among(elements.map((digits) => `X'${digits}'`));
    return packed(
      `${text("MAX(r.`key`)")} AS \`last\`, COUNT(*) AS \`count\`,
       CONCAT('[', GROUP_CONCAT(IF(SUBSTRING(r.\`tail\`, ${window * 8 - 7}, 8) ${wanted}, JSON_ARRAY(${digestTuple}), NULL) SEPARATOR ','), ']') AS \`rows\`
       FROM (SELECT * FROM \`_digest_row\` WHERE \`scope_id\` ${ids(scopeIds)}
       ${after === null ? "" : ` AND \`key\` > ${bytes(after)}`} ${scopeIds.length === 1 ? "ORDER BY `key`" : ""} LIMIT ${integer(limit)}) r`,
    );
  },

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
