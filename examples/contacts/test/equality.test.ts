import { expect, test } from "vitest";
import { firstDifference } from "../src/demo/equality.js";

const day = (text: string) => new Date(text);
const rows = [
  { id: "a", born: day("2000-01-01"), lat: 1.5, name: null },
  { id: "b", born: day("2000-01-02"), lat: -0.25, name: "B" },
];
const expected = { name: "Contact", key: "id", fields: ["id", "born", "lat", "name"], rows, bytes: 0 };
const [a, b] = rows as [(typeof rows)[0], (typeof rows)[0]];

test("equal rows are equal in any order, and as copies", () => {
  expect(firstDifference(expected, [{ ...b, born: day("2000-01-02") }, a])).toBe(null);
});

test.each([
  ["a missing row", [a], "Contact b is not on the device"],
  ["a row too many", [a, b, { ...b, id: "c" }], "Contact c is on the device alone"],
  ["a row twice", [a, a, b], "the device holds a row of Contact twice"],
  ["another value", [a, { ...b, name: "C" }], 'Contact b has another "name" on the device'],
  ["another date", [a, { ...b, born: day("2000-01-03") }], 'Contact b has another "born" on the device'],
  ["a date as text", [a, { ...b, born: "2000-01-02T00:00:00.000Z" }], 'Contact b has another "born" on the device'],
  ["undefined for null", [{ ...a, name: undefined }, b], 'Contact a has another "name" on the device'],
  ["a field that is not synced", [{ ...a, notes: "secret" }, b], "Contact a has other fields on the device"],
])("%s is found", (_, held, difference) => {
  expect(firstDifference(expected, held)).toBe(difference);
});
