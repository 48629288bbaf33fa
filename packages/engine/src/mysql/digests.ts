import type { Dialect, DigestPlace } from "../dialect.js";
import { head } from "../packed.js";
import { among, bytes, hex, ids, integer, list, packed, statement, text } from "./sql.js";

/** A stored digest as 64 hexadecimal digits: JavaScript gets no rounded 64-bit integer that way. */
const hexDigest = "LOWER(CONCAT(LPAD(HEX(r.`head`), 16, '0'), HEX(r.`tail`)))";
const key = text("r.`key`");
const digestTuple = `r.\`scope_id\`, ${key}, ${hexDigest}`;

/** An element of a stored digest, as 16 hexadecimal digits. */
const element = (window: number) =>
  window === 0 ? "LPAD(HEX(`head`), 16, '0')" : `SUBSTRING(HEX(\`tail\`), ${window * 16 - 15}, 16)`;

/** `r` joined to a list of [scope id, key], list first: a list of pairs in the statement is planned as a scan. */
const joinDigests = `JSON_TABLE(?, '$[*]' COLUMNS (\`scope_id\` BIGINT PATH '$[0]', \`key\` VARCHAR(6128) CHARACTER SET ascii PATH '$[1]')) j
       STRAIGHT_JOIN \`_digest_row\` r FORCE INDEX (PRIMARY) ON r.\`scope_id\` = j.\`scope_id\` AND r.\`key\` = UNHEX(j.\`key\`)`;

const pairs = (wanted: readonly DigestPlace[]) =>
  JSON.stringify(wanted.map(({ scopeId, key }) => [Number(scopeId), hex(key)]));

/** Statements over the stored digests. */
export const digests = {
  digests: (wanted) => packed(`${list(digestTuple)} AS \`rows\` FROM ${joinDigests}`, pairs(wanted)),
  putDigests: (rows) =>
    statement(
      `INSERT INTO \`_digest_row\` (\`scope_id\`, \`key\`, \`head\`, \`tail\`) VALUES ${rows
        .map(
          ({ scopeId, key, digest }) => `(${integer(scopeId)}, ${bytes(key)}, ${head(digest)}, X'${digest.slice(16)}')`,
        )
        .join(", ")} ON DUPLICATE KEY UPDATE \`head\` = VALUES(\`head\`), \`tail\` = VALUES(\`tail\`)`,
    ),
  deleteDigests: (wanted) => statement(`DELETE r FROM ${joinDigests}`, pairs(wanted)),
  digestPage: (scopeIds, after, limit, keysOnly) => {
    const behind = after === null ? "" : ` AND \`key\` > ${bytes(after)}`;
    // Several scopes are merged by sorting. No row of the page lies beyond the first key at which one scope alone would
    // fill it: without that bound every page would sort all that is left.
    const bound = `(SELECT MIN(f.\`full\`) FROM (SELECT (SELECT b.\`key\` FROM \`_digest_row\` b
       WHERE b.\`scope_id\` = s.\`id\`${behind} ORDER BY b.\`key\` LIMIT 1 OFFSET ${integer(limit - 1)}) AS \`full\`
       FROM \`_digest_scope\` s WHERE s.\`id\` ${ids(scopeIds)}) f)`;
    const bounded = scopeIds.length > 1 ? ` AND \`key\` <= COALESCE(${bound}, REPEAT(X'FF', 3064))` : "";
    return packed(
      `${list(keysOnly ? key : digestTuple, " ORDER BY r.`key`")} AS \`rows\` FROM (SELECT * FROM \`_digest_row\`
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
} satisfies Partial<Dialect>;
