import type { Dialect, DigestPlace } from "../dialect.js";
import { head } from "../packed.js";
import { json, statement } from "./sql.js";

// `CROSS JOIN` fixes SQLite's join order: the list outside, the index lookup inside.

/** `r` joined to a list of [scope_id, key] in one JSON parameter, list first. */
const joinDigests = `json_each(?) j CROSS JOIN "_digest_row" r
       ON r."scope_id" = json_extract(j.value, '$[0]') AND r."key" = json_extract(j.value, '$[1]')`;

const pairs = (rows: readonly DigestPlace[]) => json(rows.map(({ scopeId, key }) => [Number(scopeId), key]));

/** Packed digests; each as 64 hexadecimal digits: JavaScript gets no rounded 64-bit integer that way. */
const digestArray = `json_group_array(json_array(r."scope_id", r."key",
       printf('%016x', r."head") || lower(hex(r."tail"))))`;
const digestTuples = `SELECT ${digestArray} AS "rows"`;
const keyTuples = `SELECT json_group_array(json_array(r."key")) AS "rows"`;

/** An element of a stored digest, as 16 hexadecimal digits. */
const element = (window: number) =>
  window === 0 ? `printf('%016x', "head")` : `substr(lower(hex("tail")), ${window * 16 - 15}, 16)`;

/** Statements over the stored digests. */
export const digests = {
  digests: (wanted) => statement(`${digestTuples} FROM ${joinDigests}`, pairs(wanted)),
  putDigests: (rows) =>
    statement(
      `INSERT INTO "_digest_row" ("scope_id", "key", "head", "tail")
       SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), CAST(json_extract(value, '$[2]') AS INTEGER),
       unhex(json_extract(value, '$[3]')) FROM json_each(?) WHERE 1
       ON CONFLICT ("scope_id", "key") DO UPDATE SET "head" = excluded."head", "tail" = excluded."tail"`,
      json(rows.map(({ scopeId, key, digest }) => [Number(scopeId), key, head(digest), digest.slice(16)])),
    ),
  deleteDigests: (wanted) =>
    statement(`DELETE FROM "_digest_row" WHERE rowid IN (SELECT r.rowid FROM ${joinDigests})`, pairs(wanted)),
  digestPage: (scopeIds, after, limit, keysOnly) => {
    const tuples = keysOnly ? keyTuples : digestTuples;
    const behind = after === null ? "" : ` AND "key" > ?`;
    const position = after === null ? [] : [after];
    const [only] = scopeIds;
    if (scopeIds.length === 1 && only !== undefined) {
      return statement(
        `${tuples} FROM (SELECT * FROM "_digest_row" WHERE "scope_id" = ?${behind} ORDER BY "key" LIMIT ?) r`,
        only,
        ...position,
        limit,
      );
    }
    // Several scopes are merged by sorting. No row of the page lies beyond the first key at which one scope alone would
    // fill it: without that bound every page would sort all that is left. A blob is greater than any text.
    return statement(
      `${tuples} FROM (SELECT r.* FROM json_each(?) s CROSS JOIN "_digest_row" r ON r."scope_id" = s.value
       ${after === null ? "" : `AND r."key" > ?`} AND r."key" <= ifnull((SELECT min("full") FROM (SELECT (SELECT "key" FROM "_digest_row"
       WHERE "scope_id" = b.value${behind} ORDER BY "key" LIMIT 1 OFFSET ?) AS "full" FROM json_each(?) b)), x'')
       ORDER BY r."key" LIMIT ?) r`,
      json(scopeIds),
      ...position,
      ...position,
      limit - 1,
      json(scopeIds),
      limit,
    );
  },
  elementPage: (scopeId, window, after, limit) =>
    statement(
      `SELECT max("key") AS "last", count(*) AS "count", group_concat(${element(window)}, '') AS "elements"
       FROM (SELECT "key", "head", "tail" FROM "_digest_row" WHERE "scope_id" = ?${after === null ? "" : ` AND "key" > ?`}
       ORDER BY "key" LIMIT ?)`,
      scopeId,
      ...(after === null ? [] : [after]),
      limit,
    ),
  elementsOf: (scopeIds, window) =>
    statement(
      `SELECT NULL AS "last", count(*) AS "count", group_concat(${element(window)}, '') AS "elements"
       FROM json_each(?) s CROSS JOIN "_digest_row" r ON r."scope_id" = s.value`,
      json(scopeIds),
    ),
  findElements: (scopeIds, elements) =>
    statement(
      `${digestTuples} FROM "_digest_row" r WHERE r."scope_id" IN (SELECT value FROM json_each(?))
       AND r."head" IN (SELECT CAST(value AS INTEGER) FROM json_each(?))`,
      json(scopeIds),
      json(elements.map(head)),
    ),
  filterPage: (scopeIds, window, elements, after, limit) => {
    const [only] = scopeIds;
    const isOne = scopeIds.length === 1 && only !== undefined;
    return statement(
      `SELECT max("key") AS "last", count(*) AS "count", ${digestArray}
       FILTER (WHERE substr(r."tail", ${window * 8 - 7}, 8) IN (SELECT unhex(value) FROM json_each(?))) AS "rows"
       FROM (SELECT * FROM "_digest_row" WHERE "scope_id" ${isOne ? "= ?" : "IN (SELECT value FROM json_each(?))"}
       ${after === null ? "" : ` AND "key" > ?`} ${isOne ? `ORDER BY "key"` : ""} LIMIT ?) r`,
      json(elements),
      isOne ? only : json(scopeIds),
      ...(after === null ? [] : [after]),
      limit,
    );
  },
} satisfies Partial<Dialect>;
