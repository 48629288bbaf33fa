import type { Table } from "@digest-sync/engine";
import { describe, expect, test } from "vitest";
import { selectionOf } from "../src/selection.js";

const fields = [
  { name: "id", type: "String" },
  { name: "chatId", type: "String" },
] as const;
const table: Table = { model: "Message", delegate: "message", name: "Message", columns: {} };
const list = {
  join: { name: "_j" },
  own: "A",
  other: "B",
  column: "id",
  to: { name: "Tag" },
  references: "id",
  id: "id",
};

describe("what is read of a row", () => {
  test("fields, key, scope and filter, each by its name", () => {
    const collection = { name: "Message", fields, key: ["id"], scope: ["hidden"], where: { kind: "note" } };
    const { select, flatten } = selectionOf(collection, table);
    expect(select).toEqual({ id: true, chatId: true, hidden: true, kind: true });
    const row = { id: "m1" };
    expect(flatten(row)).toBe(row);
  });

  test("a scope that leads through relations is not: the database says where a row is", () => {
    const scope = ["chat.account.region", "chat.accountId"];
    const { select } = selectionOf({ name: "Message", fields, key: ["id"], scope }, table);
    expect(select).toEqual({ id: true, chatId: true });
  });
});

describe("the ids of a list", () => {
  const tags = [...fields, { name: "tags", type: "String", list: true }] as const;
  const { select, flatten } = selectionOf(
    { name: "Message", fields: tags, key: ["id"], scope: [] },
    { ...table, lists: { tags: list } },
  );
  const ids = (...values: unknown[]) => flatten({ id: "m1", tags: values.map((id) => ({ id })) }).tags;

  test("are read through the relation", () => {
    expect(select).toEqual({ id: true, chatId: true, tags: { select: { id: true } } });
  });

  test("are sorted: numbers by value, text by its UTF-8 bytes", () => {
    expect(ids()).toEqual([]);
    expect(ids(10, 9, -1)).toEqual([-1, 9, 10]);
    expect(ids(2n ** 62n, 3n)).toEqual([3n, 2n ** 62n]);
    expect(ids("b", "a", "B", "")).toEqual(["", "B", "a", "b"]);
    // JavaScript's own order puts the emoji's surrogates first.
    expect(ids("\u{1f600}", "\uffff")).toEqual(["\uffff", "\u{1f600}"]);
  });
});
