import { toHex } from "@digest-sync/core";
import type { Dialect, OwnCollection, Wildcard } from "../dialect.js";
import type { ScopeRef } from "../scope.js";
import { keys, statement, text } from "./sql.js";

const collectionsOfKeys = (wildcards: readonly Wildcard[]) =>
  wildcards.filter(({ key }) => key !== null).map(({ collection }) => collection);
const collections = (scopes: readonly ScopeRef[]) => scopes.map(({ collection }) => collection);
const scopeTexts = (scopes: readonly ScopeRef[]) => scopes.map(({ scope }) => text(scope));
const names = (own: readonly OwnCollection[]) => own.map(({ name }) => name);
const fingerprints = (own: readonly OwnCollection[]) => own.map(({ fingerprint }) => fingerprint);

/** `(collection, scope) IN (...)` over two arrays, the first being parameter `at`. */
const amongPlaces = (at: number) => `IN (SELECT * FROM unnest($${at}::text[], $${at + 1}::text[]))`;

/** `IN (...)`: the collections of parameters 1 (names) and 2 (fingerprints) whose fingerprint `_digest_meta` holds now. */
const amongOwn = `IN (SELECT o.n FROM unnest($1::text[], $2::text[]) o(n, f)
       JOIN "_digest_meta" m ON m."name" = 'collection:' || o.n WHERE starts_with(m."value", o.f || ':'))`;

const hex = (bytes: Uint8Array | null) => bytes && toHex(bytes);

export const statements = {
  append: (changes) =>
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
      collections(changes),
      scopeTexts(changes),
      keys(changes),
    ),
  pendingScopes: (own, limit, among) =>
    statement(
      `SELECT DISTINCT "collection", "scope" FROM (SELECT "collection", "scope" FROM "_digest_pending"
       WHERE "collection" ${amongOwn}${among ? ` AND ("scope" IS NULL AND "collection" = ANY($4::text[]) OR ("collection", "scope") ${amongPlaces(4)})` : ""}
       ORDER BY "id" LIMIT $3::bigint) p`,
      names(own),
      fingerprints(own),
      limit,
      ...(among ? [collections(among), scopeTexts(among)] : []),
    ),
  pending: (own, scopes, limit) =>
    statement(
      `SELECT json_agg(json_build_array("id"::text, "collection", "scope", "key"))::text AS "rows"
       FROM (SELECT "id", "collection", "scope", "key" FROM "_digest_pending"
       WHERE "collection" ${amongOwn} AND ("collection", "scope") ${amongPlaces(4)} ORDER BY "id" LIMIT $3::bigint) p`,
      names(own),
      fingerprints(own),
      limit,
      collections(scopes),
      scopeTexts(scopes),
    ),
  deletePending: (ids) => statement(`DELETE FROM "_digest_pending" WHERE "id" = ANY($1::bigint[])`, ids),

  wildcards: (own, limit) =>
    statement(
      `SELECT "id"::text AS "id", "collection", "key" FROM "_digest_pending" WHERE "scope" IS NULL AND "collection" ${amongOwn}
       ORDER BY "_digest_pending"."id" LIMIT $3::bigint`,
      names(own),
      fingerprints(own),
      limit,
    ),
  expandWildcards: (wildcards) => [
    // A settler at work may be storing what is looked for here: it ends first. In the order in which settlers lock.
    statement(
      `SELECT 1 FROM "_digest_scope" WHERE "collection" = ANY($1::text[])
       ORDER BY "collection", "scope" FOR KEY SHARE`,
      collectionsOfKeys(wildcards),
    ),
    statement(
      `WITH gone AS (DELETE FROM "_digest_pending" WHERE "id" = ANY($1::bigint[]) RETURNING "collection", "key")
       INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT s."collection", s."scope", NULL FROM "_digest_scope" s
       WHERE s."collection" IN (SELECT "collection" FROM gone WHERE "key" IS NULL)
       UNION ALL SELECT s."collection", s."scope", r."key" FROM (SELECT DISTINCT "collection", "key" FROM gone) g
       JOIN "_digest_scope" s ON s."collection" = g."collection"
       JOIN "_digest_row" r ON r."scope_id" = s."id" AND r."key" = g."key"`,
      wildcards.map(({ id }) => id),
    ),
  ],
  appendScopes: (ids) =>
    statement(
      `INSERT INTO "_digest_pending" ("collection", "scope", "key")
       SELECT s."collection", s."scope", r."key" FROM "_digest_scope" s JOIN "_digest_row" r ON r."scope_id" = s."id"
       WHERE s."id" = ANY($1::bigint[])`,
      ids.map(String),
    ),

  ensureScopes: (scopes) => [
    statement(
      `INSERT INTO "_digest_scope" ("collection", "scope") SELECT * FROM unnest($1::text[], $2::text[])
       ON CONFLICT ("collection", "scope") DO NOTHING`,
      collections(scopes),
      scopeTexts(scopes),
    ),
  ],
  // Rows are sorted before they are locked, by the columns' own order: by bytes.
  lockScopes: (scopes) =>
    statement(
      `SELECT 1 AS "locked" FROM "_digest_scope" WHERE ("collection", "scope") ${amongPlaces(1)}
       ORDER BY "collection", "scope" FOR UPDATE`,
      collections(scopes),
      scopeTexts(scopes),
    ),
  scopes: (scopes) =>
    statement(
      `SELECT "id", "collection", "scope", "version", "count", "state", "sketch" FROM "_digest_scope"
       WHERE ("collection", "scope") ${amongPlaces(1)}`,
      collections(scopes),
      scopeTexts(scopes),
    ),
  scopesOf: (collection) =>
    statement(
      `SELECT "id", "collection", "scope", "version", "count", "state", "sketch" FROM "_digest_scope"
       WHERE "collection" = $1::text ORDER BY "id"`,
      collection,
    ),
  summary: (scopes, metas) =>
    statement(
      `SELECT (SELECT json_agg(json_build_array("id", "collection", "scope", "version"::text, "count",
       coalesce(encode("state", 'hex'), '')))::text FROM "_digest_scope" WHERE ("collection", "scope") ${amongPlaces(1)}) AS "rows",
       EXISTS (SELECT 1 FROM "_digest_pending" WHERE "scope" IS NULL AND "collection" = ANY($1::text[])
       OR ("collection", "scope") ${amongPlaces(1)})::int AS "pending",
       (SELECT count(*) FROM "_digest_error" WHERE ("collection", "scope") ${amongPlaces(1)}) AS "errors",
       (SELECT count(*) FROM "_digest_meta" WHERE ("name", "value") ${amongPlaces(3)}) AS "ready"`,
      collections(scopes),
      scopeTexts(scopes),
      metas.map(([name]) => name),
      metas.map(([, value]) => value),
    ),
  stamps: (scopes) =>
    statement(
      `SELECT json_agg(json_build_array("collection", "scope", coalesce(encode(substring("state" FROM 1 FOR 16), 'hex'), '')))::text AS "rows"
       FROM "_digest_scope" WHERE ("collection", "scope") ${amongPlaces(1)}`,
      collections(scopes),
      scopeTexts(scopes),
    ),
  bumpScopes: (collection) =>
    // Locked in the order in which settlers lock them.
    statement(
      `UPDATE "_digest_scope" s SET "version" = s."version" + 1 FROM (SELECT "id" FROM "_digest_scope"
       WHERE "collection" = $1::text ORDER BY "scope" FOR UPDATE) l WHERE s."id" = l."id"`,
      collection,
    ),
  advance: (updates) => [
    // A moved version makes count null, and NOT NULL then aborts the whole transaction.
    statement(
      `UPDATE "_digest_scope" s SET "count" = CASE WHEN s."version" = u.v THEN u.c END, "state" = decode(u.st, 'hex'),
       "sketch" = decode(u.sk, 'hex'), "version" = s."version" + 1
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[]) u(i, v, c, st, sk) WHERE s."id" = u.i`,
      updates.map(({ id }) => String(id)),
      updates.map(({ version }) => String(version)),
      updates.map(({ count }) => String(count)),
      updates.map(({ state }) => hex(state)),
      updates.map(({ sketch }) => hex(sketch)),
    ),
  ],
  failing: (scopes) =>
    statement(
      `SELECT DISTINCT "collection", "scope" FROM "_digest_error" WHERE ("collection", "scope") ${amongPlaces(1)}`,
      collections(scopes),
      scopeTexts(scopes),
    ),
  putErrors: (errors) =>
    statement(
      `INSERT INTO "_digest_error" ("collection", "scope", "key", "message")
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
       ON CONFLICT ("collection", "scope", "key") DO UPDATE SET "message" = excluded."message"`,
      collections(errors),
      scopeTexts(errors),
      keys(errors),
      errors.map(({ message }) => text(message)),
    ),
  deleteErrors: (wanted) =>
    statement(
      `DELETE FROM "_digest_error" WHERE ("collection", "scope", "key") IN
       (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
      collections(wanted),
      scopeTexts(wanted),
      keys(wanted),
    ),

  getMeta: (wanted) => statement(`SELECT "name", "value" FROM "_digest_meta" WHERE "name" = ANY($1::text[])`, wanted),
  putMeta: (name, value) =>
    statement(
      `INSERT INTO "_digest_meta" ("name", "value") VALUES ($1::text, $2::text)
       ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`,
      name,
      value,
    ),
  moveMeta: (name, from, to) =>
    statement(
      `UPDATE "_digest_meta" SET "value" = $1::text WHERE "name" = $2::text AND "value" = $3::text`,
      to,
      name,
      from,
    ),
} satisfies Partial<Dialect>;
