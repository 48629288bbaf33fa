import { describe, expect, test } from "vitest";
import { condition, dependentsOf, placeColumns } from "../src/dependents.js";
import type { Source } from "../src/dialect.js";
import type { Hop, Table } from "../src/manifest.js";

function source(scope: readonly string[], more: Partial<Table> = {}, emulatedRelations = false): Source {
  return {
    collection: { name: "Message", fields: [{ name: "id", type: "String" }], key: ["id"], scope },
    table: {
      model: "Message",
      delegate: "message",
      name: "messages",
      columns: { id: { name: "id" }, orgId: { name: "org_id" }, chatId: { name: "chat_id" } },
      ...more,
    },
    foreignKeys: [],
    emulatedRelations,
  };
}

const chat: Hop = { columns: ["chat_id"], table: { name: "Chat" }, references: ["id"] };
const account: Hop = { columns: ["accountId"], table: { name: "Account" }, references: ["id"] };
const accountId = { hops: [chat], column: { name: "accountId" } };
const region = { hops: [chat, account], column: { name: "region" } };

/** Joins as one line each. */
const text = (joins: readonly Parameters<typeof condition>[0][]) =>
  joins.map(
    (join) =>
      `${join.table.name} ${join.alias} ON ${condition(join, (name) => name)}${join.optional ? " or none" : ""}`,
  );

describe("what a collection depends on", () => {
  test("nothing, when its scope is its own", () => {
    const { joins, scope, watches } = dependentsOf(source(["orgId"]));
    expect(joins).toEqual([]);
    expect(watches).toEqual([]);
    expect(scope).toEqual([{ alias: "t", column: { name: "org_id" } }]);
    expect(placeColumns(source(["orgId"]))).toEqual(["id", "org_id"]);
  });

  test("one hop", () => {
    const one = source(["chat.accountId"], { paths: { "chat.accountId": accountId } });
    const { joins, scope, watches } = dependentsOf(one);
    expect(text(joins)).toEqual(["Chat j1 ON j1.id = t.chat_id"]);
    expect(scope).toEqual([{ alias: "j1", column: { name: "accountId" } }]);
    expect(watches).toHaveLength(1);
    expect(watches[0]).toMatchObject({ kind: "parent", table: { name: "Chat" }, columns: ["id", "accountId"] });
    expect(text(watches[0]?.steps ?? [])).toEqual(["messages t ON t.chat_id = w.id"]);
    expect(text(watches[0]?.joins ?? [])).toEqual(["Chat j1 ON j1.id = t.chat_id"]);
    expect(placeColumns(one)).toEqual(["id", "chat_id"]);
  });

  test("two hops, which share the first with another path", () => {
    const paths = { "chat.account.region": region, "chat.accountId": accountId };
    const { joins, scope, watches } = dependentsOf(
      source(["chat.account.region", "orgId", "chat.accountId"], { paths }),
    );
    expect(text(joins)).toEqual(["Chat j1 ON j1.id = t.chat_id", "Account j2 ON j2.id = j1.accountId"]);
    expect(scope.map(({ alias, column }) => `${alias}.${column.name}`)).toEqual([
      "j2.region",
      "t.org_id",
      "j1.accountId",
    ]);
    expect(watches.map(({ table, columns }) => [table.name, columns])).toEqual([
      ["Chat", ["id", "accountId"]],
      ["Account", ["id", "region"]],
    ]);
    expect(text(watches[1]?.steps ?? [])).toEqual([
      "Chat j1 ON j1.accountId = w.id",
      "messages t ON t.chat_id = j1.id",
    ]);
    expect(text(watches[1]?.joins ?? [])).toEqual(["Account j2 ON j2.id = j1.accountId"]);
    expect(watches[1]?.alias).toBe("j2");
  });

  test("behind an optional hop everything is optional; without foreign keys so is every hop", () => {
    const paths = { "chat.account.region": { ...region, hops: [{ ...chat, optional: true as const }, account] } };
    const optional = dependentsOf(source(["chat.account.region"], { paths }));
    expect(optional.joins.map((join) => join.optional)).toEqual([true, true]);
    expect(optional.watches.map((watch) => watch.optional)).toEqual([true, false]);
    const emulated = dependentsOf(source(["chat.account.region"], { paths: { "chat.account.region": region } }, true));
    expect(emulated.joins.map((join) => join.optional)).toEqual([true, true]);
    expect(emulated.watches.map((watch) => watch.optional)).toEqual([true, true]);
  });

  test("a self relation twice over: every hop has an alias of its own", () => {
    const up: Hop = { columns: ["chat_id"], table: { name: "messages" }, references: ["id"], optional: true };
    const self = source(["chat.chat.orgId"], {
      paths: { "chat.chat.orgId": { hops: [up, up], column: { name: "org_id" } } },
    });
    const { joins, watches } = dependentsOf(self);
    expect(text(joins)).toEqual([
      "messages j1 ON j1.id = t.chat_id or none",
      "messages j2 ON j2.id = j1.chat_id or none",
    ]);
    expect(watches.map(({ columns }) => columns)).toEqual([
      ["id", "chat_id"],
      ["id", "org_id"],
    ]);
  });

  test("the join table and the other side of a list", () => {
    const tags = {
      join: { name: "_MessageToTag" },
      own: "A",
      other: "B",
      column: "id",
      to: { schema: "app", name: "Tag" },
      references: "tag_id",
      id: "id",
    };
    const { joins, watches } = dependentsOf(
      source(["chat.accountId"], { paths: { "chat.accountId": accountId }, lists: { tags } }),
    );
    const [, link, target] = watches;
    expect(link).toMatchObject({ kind: "link", table: { name: "_MessageToTag" }, columns: ["A", "B"], joins });
    expect(text(link?.steps ?? [])).toEqual(["messages t ON t.id = w.A"]);
    expect(target).toMatchObject({ kind: "target", table: { schema: "app", name: "Tag" }, columns: ["tag_id"] });
    expect(text(target?.steps ?? [])).toEqual(["_MessageToTag l ON l.B = w.tag_id", "messages t ON t.id = l.A"]);
  });

  test("composite keys join by every column", () => {
    const hop: Hop = { columns: ["org_id", "chat_id"], table: { name: "Chat" }, references: ["org", "number"] };
    const { joins, watches } = dependentsOf(
      source(["chat.accountId"], { paths: { "chat.accountId": { hops: [hop], column: { name: "accountId" } } } }),
    );
    expect(text(joins)).toEqual(["Chat j1 ON j1.org = t.org_id AND j1.number = t.chat_id"]);
    expect(text(watches[0]?.steps ?? [])).toEqual(["messages t ON t.org_id = w.org AND t.chat_id = w.number"]);
  });

  test("a scope field that the manifest does not know is refused", () => {
    expect(() => dependentsOf(source(["chat.accountId"]))).toThrow(/Message\.chat\.accountId has no column/);
  });
});

test("names take an alias's place", () => {
  const [join] = dependentsOf(source(["chat.accountId"], { paths: { "chat.accountId": accountId } })).joins;
  expect(join && condition(join, (name) => `"${name}"`, { t: "NEW" })).toBe(`j1."id" = NEW."chat_id"`);
});
