import type { Dialect, DigestPlace } from "../dialect.js";
import { head } from "../packed.js";
import { keys, statement } from "./sql.js";

const scopeIds = (places: readonly DigestPlace[]) => places.map(({ scopeId }) => String(scopeId));

/** A stored digest as 64 hexadecimal digits: JavaScript gets no rounded 64-bit integer that way. */
const digest = `lpad(to_hex(r."head"), 16, '0') || encode(r."tail", 'hex')`;
const digestArray = `json_agg(json_build_array(r."scope_id", r."key", ${digest}))`;
const digestTuples = `SELECT ${digestArray}::text AS "rows"`;
const keyTuples = `SELECT json_agg(json_build_array(r."key"))::text AS "rows"`;

/** `r` joined to the list of places in parameters 1 and 2. */
const joinDigests = `unnest($1::bigint[], $2::text[]) j(s, k) JOIN "_digest_row" r ON r."scope_id" = j.s AND r."key" = j.k`;

/** An element of a stored digest, as 16 hexadecimal digits. */
const element = (window: number) =>
  window === 0 ? `lpad(to_hex("head"), 16, '0')` : `encode(substring("tail" FROM ${window * 8 - 7} FOR 8), 'hex')`;

/** Where a page begins, in parameter `at`, the last. No key has a NUL, so every key after `a NUL b` is after `a`. */
function behind(after: string | null, at: number): [condition: string, ...parameters: string[]] {
  return after === null ? [""] : [`AND "key" > $${at}::text`, after.split("\0", 1)[0] as string];
}

/** Statements over the stored digests. */
export const digests = {
  digests: (wanted) => statement(`${digestTuples} FROM ${joinDigests}`, scopeIds(wanted), keys(wanted)),
  putDigests: (rows) =>
    statement(
      `INSERT INTO "_digest_row" ("scope_id", "key", "head", "tail")
       SELECT s, k, h, decode(t, 'hex') FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[]) u(s, k, h, t)
       ON CONFLICT ("scope_id", "key") DO UPDATE SET "head" = excluded."head", "tail" = excluded."tail"`,
      scopeIds(rows),
      keys(rows),
      rows.map(({ digest }) => head(digest)),
      rows.map(({ digest }) => digest.slice(16)),
    ),
  deleteDigests: (wanted) =>
    statement(
      `DELETE FROM "_digest_row" r USING unnest($1::bigint[], $2::text[]) j(s, k) WHERE r."scope_id" = j.s AND r."key" = j.k`,
      scopeIds(wanted),
      keys(wanted),
    ),
  digestPage: (ids, after, limit, keysOnly) => {
    const [condition, ...position] = behind(after, 3);
    return statement(
      `${keysOnly ? keyTuples : digestTuples} FROM (SELECT p.* FROM unnest($1::bigint[]) s(id) CROSS JOIN LATERAL (SELECT * FROM "_digest_row"
       WHERE "scope_id" = s.id ${condition} ORDER BY "key" LIMIT $2::bigint) p ORDER BY p."key" LIMIT $2::bigint) r`,
      ids.map(String),
      limit,
      ...position,
    );
  },
  elementPage: (scopeId, window, after, limit) => {
    const [condition, ...position] = behind(after, 3);
    return statement(
      `SELECT max("key") AS "last", count(*) AS "count", string_agg(${element(window)}, '') AS "elements"
       FROM (SELECT "key", "head", "tail" FROM "_digest_row" WHERE "scope_id" = $1::bigint ${condition}
       ORDER BY "key" LIMIT $2::bigint) r`,
      scopeId,
      limit,
      ...position,
    );
  },
  elementsOf: (ids, window) =>
    statement(
      `SELECT NULL::text AS "last", count(*) AS "count", string_agg(${element(window)}, '') AS "elements"
       FROM "_digest_row" WHERE "scope_id" = ANY($1::bigint[])`,
      ids.map(String),
    ),
  findElements: (ids, elements) =>
    statement(
      `${digestTuples} FROM "_digest_row" r WHERE r."scope_id" = ANY($1::bigint[]) AND r."head" = ANY($2::bigint[])`,
      ids.map(String),
      elements.map(head),
    ),
  filterPage: (ids, window, elements, after, limit) => {
    const [condition, ...position] = behind(after, 4);
    return statement(
      `SELECT max("key") AS "last", count(*) AS "count",
       (${digestArray} FILTER (WHERE ${element(window)} IN (SELECT unnest($3::text[]))))::text AS "rows"
       FROM (SELECT * FROM "_digest_row" WHERE "scope_id" = ANY($1::bigint[]) ${condition}
       ${ids.length === 1 ? `ORDER BY "key"` : ""} LIMIT $2::bigint) r`,
      ids.map(String),
      limit,
      elements,
      ...position,
    );
  },
} satisfies Partial<Dialect>;
