import type { Collection } from "@digest-sync/core";
import { expect, test } from "vitest";
import { resolveScopes } from "../src/scope.js";

const message = (...scope: string[]): Collection => ({
  name: "Message",
  fields: [{ name: "id", type: "String" }],
  key: ["id"],
  scope,
});
const texts = (collection: Collection, grant: Parameters<typeof resolveScopes>[1]) =>
  resolveScopes([collection], grant).map(({ scope }) => scope);

test("a path is granted by its whole name, or by its last", () => {
  expect(texts(message("chat.accountId"), { "chat.accountId": "a1" })).toEqual(["a1"]);
  expect(texts(message("chat.accountId"), { accountId: ["a1", null] })).toEqual(["a1", "~"]);
  expect(texts(message("chat.accountId", "accountId"), { accountId: "a1" })).toEqual(["a1/a1"]);
});

test("the whole name comes first, even when it grants nothing", () => {
  expect(texts(message("from.org", "to.org"), { "from.org": "o1", org: "o2" })).toEqual(["o1/o2"]);
  expect(texts(message("chat.accountId"), { "chat.accountId": [], accountId: "a1" })).toEqual([]);
});

test("any other name grants nothing: the request is refused", () => {
  for (const grant of [{}, { chat: "a1" }, { "contact.accountId": "a1" }, { accountId: null as never }]) {
    expect(() => resolveScopes([message("chat.accountId")], grant)).toThrow(
      'Collection Message is scoped by "chat.accountId" and the scope resolver gave no usable value for "chat.accountId" or "accountId".',
    );
  }
  expect(() => resolveScopes([message("accountId")], { "chat.accountId": "a1" })).toThrow("no usable value for it");
});
