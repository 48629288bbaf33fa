import type { Dialect, OwnCollection } from "../dialect.js";
import type { ScopeRef } from "../scope.js";
import { json, statement } from "./sql.js";

const places = (scopes: readonly ScopeRef[]) => json(scopes.map(({ collection, scope }) => [collection, scope]));

/** `(collection, scope) IN (...)` over one JSON parameter. */
const amongPlaces = `IN (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))`;

/** A wildcard of one of the collections. */
const wildcardAmong = `"scope" IS NULL AND "collection" IN (SELECT json_extract(value, '$[0]') FROM json_each(?))`;

const fingerprints = (own: readonly OwnCollection[]) => json(own.map(({ name, fingerprint }) => [name, fingerprint]));

/** `IN (...)`: the collections of a JSON list of [name, fingerprint] whose fingerprint `_digest_meta` holds now. */
const amongOwn = `IN (SELECT json_extract(o.value, '$[0]') FROM json_each(?) o
       JOIN "_digest_meta" m ON m."name" = 'collection:' || json_extract(o.value, '$[0]')
       WHERE substr(m."value", 1, 17) = json_extract(o.value, '$[1]') || ':')`;

// `WHERE 1` keeps the parser from reading ON CONFLICT as a join condition.
export const statements = {
  append: (changes) =>
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?)`,
      json(changes.map(({ collection, scope, key }) => [collection, scope, key])),
    ),
  pendingScopes: (own, limit, among) =>
    statement(
      `SELECT DISTINCT "collection", "scope" FROM (SELECT "collection", "scope" FROM "_digest_pending"
       WHERE "collection" ${amongOwn}${among ? ` AND (("collection", "scope") ${amongPlaces} OR ${wildcardAmong})` : ""} ORDER BY "id" LIMIT ?)`,
      fingerprints(own),
      ...(among ? [places(among), places(among)] : []),
      limit,
    ),
  pending: (own, scopes, limit) =>
    statement(
      `SELECT json_group_array(json_array(CAST("id" AS TEXT), "collection", "scope", "key")) AS "rows"
       FROM (SELECT "id", "collection", "scope", "key" FROM "_digest_pending"
       WHERE "collection" ${amongOwn} AND ("collection", "scope") ${amongPlaces} ORDER BY "id" LIMIT ?)`,
      fingerprints(own),
      places(scopes),
      limit,
    ),
  deletePending: (ids) =>
    statement(
      `DELETE FROM "_digest_pending" WHERE "id" IN (SELECT CAST(value AS INTEGER) FROM json_each(?))`,
      json(ids),
    ),
  wildcards: (own, limit) =>
    statement(
      `SELECT CAST("id" AS TEXT) AS "id", "collection", "key" FROM "_digest_pending" WHERE "scope" IS NULL AND "collection" ${amongOwn}
       ORDER BY "_digest_pending"."id" LIMIT ?`,
      fingerprints(own),
      limit,
    ),
  expandWildcards: (wildcards) => [
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope") SELECT "collection", "scope" FROM "_digest_scope"
       WHERE "collection" IN (SELECT "collection" FROM "_digest_pending" WHERE "id" IN
       (SELECT CAST(value AS INTEGER) FROM json_each(?)))`,
      json(wildcards.map(({ id }) => id)),
    ),
    statement(
      `DELETE FROM "_digest_pending" WHERE "id" IN (SELECT CAST(value AS INTEGER) FROM json_each(?))`,
      json(wildcards.map(({ id }) => id)),
    ),
  ],
  appendScopes: (ids) =>
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT s."collection", s."scope", r."key" FROM "_digest_scope" s JOIN "_digest_row" r ON r."scope_id" = s."id"
       WHERE s."id" IN (SELECT value FROM json_each(?))`,
      json(ids.map(Number)),
    ),

  ensureScopes: (scopes) => [
    statement(
      `INSERT OR IGNORE INTO "_digest_scope" ("collection", "scope")
       SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)`,
      places(scopes),
    ),
  ],
  // Makes what is missing as well, and, being a write, takes the one lock there is.
  lockScopes: (scopes) =>
    statement(
      `INSERT INTO "_digest_scope" ("collection", "scope")
       SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?) WHERE 1
       ON CONFLICT ("collection", "scope") DO UPDATE SET "version" = "version" RETURNING 1 AS "locked"`,
      places(scopes),
    ),
  scopes: (scopes) =>
    statement(
      `SELECT "id", "collection", "scope", "version", "count", "state", "sketch" FROM "_digest_scope"
       WHERE ("collection", "scope") ${amongPlaces}`,
      places(scopes),
    ),
  scopesOf: (collection) =>
    statement(
      `SELECT "id", "collection", "scope", "version", "count", "state", "sketch" FROM "_digest_scope"
       WHERE "collection" = ? ORDER BY "id"`,
      collection,
    ),
  summary: (scopes, metas) =>
    statement(
      `SELECT (SELECT json_group_array(json_array("id", "collection", "scope", CAST("version" AS TEXT), "count",
       lower(hex("state")))) FROM "_digest_scope" WHERE ("collection", "scope") ${amongPlaces}) AS "rows",
       EXISTS (SELECT 1 FROM "_digest_pending" WHERE ("collection", "scope") ${amongPlaces} OR ${wildcardAmong}) AS "pending",
       (SELECT count(*) FROM "_digest_error" WHERE ("collection", "scope") ${amongPlaces}) AS "errors",
       (SELECT count(*) FROM "_digest_meta" WHERE ("name", "value") ${amongPlaces}) AS "ready"`,
      places(scopes),
      places(scopes),
      places(scopes),
      places(scopes),
      json(metas),
    ),
  stamps: (scopes) =>
    statement(
      `SELECT json_group_array(json_array("collection", "scope", lower(hex(ifnull(substr("state", 1, 16), x''))))) AS "rows"
       FROM "_digest_scope" WHERE ("collection", "scope") ${amongPlaces}`,
      places(scopes),
    ),
  bumpScopes: (collection) =>
    statement(`UPDATE "_digest_scope" SET "version" = "version" + 1 WHERE "collection" = ?`, collection),
  advance: (updates) =>
    // A moved version makes count null, and NOT NULL then aborts the whole transaction.
    updates.map(({ id, version, count, state, sketch }) =>
      statement(
        `UPDATE "_digest_scope" SET "count" = CASE WHEN "version" = ? THEN ? END, "state" = ?, "sketch" = ?,
       "version" = "version" + 1 WHERE "id" = ?`,
        version,
        count,
        state,
        sketch,
        id,
      ),
    ),
  failing: (scopes) =>
    statement(
      `SELECT DISTINCT "collection", "scope" FROM "_digest_error" WHERE ("collection", "scope") ${amongPlaces}`,
      places(scopes),
    ),
  putErrors: (errors) =>
    statement(
      `INSERT INTO "_digest_error" ("collection", "scope", "key", "message")
       SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]')
       FROM json_each(?) WHERE 1 ON CONFLICT DO UPDATE SET "message" = excluded."message"`,
      json(errors.map(({ collection, scope, key, message }) => [collection, scope, key, message])),
    ),
  deleteErrors: (keys) =>
    statement(
      `DELETE FROM "_digest_error" WHERE ("collection", "scope", "key") IN
       (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?))`,
      json(keys.map(({ collection, scope, key }) => [collection, scope, key])),
    ),

  getMeta: (names) =>
    statement(
      `SELECT "name", "value" FROM "_digest_meta" WHERE "name" IN (SELECT value FROM json_each(?))`,
      json(names),
    ),
  putMeta: (name, value) =>
    statement(
      `INSERT INTO "_digest_meta" ("name", "value") VALUES (?, ?) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`,
      name,
      value,
    ),
  moveMeta: (name, from, to) =>
    statement(`UPDATE "_digest_meta" SET "value" = ? WHERE "name" = ? AND "value" = ?`, to, name, from),
} satisfies Partial<Dialect>;
