import type { Changes, Page, RowsByCollection } from "@digest-sync/core";
import type { Tamper } from "./reference-server.js";

/** What a test's answers are made of; the rest is as the server would have answered. */
export const changes = (change: Partial<Changes>): NonNullable<Tamper["verify"]> => {
  return (_answer, { root }) => ({
    type: "changes",
    base: root,
    rows: {},
    stale: new Uint8Array(0),
    count: 99,
    root: new Uint8Array(32),
    ...change,
  });
};
export const page = (change: (page: Page) => Partial<Page>): Tamper => ({
  verify: (_answer, { root }) => ({ type: "bulk", base: root, count: 1 }),
  pull: (answer) => (answer.type === "page" ? { ...answer, ...change(answer) } : answer),
});
export const rowsOf = (name: string, ...encodings: Uint8Array[]): RowsByCollection =>
  Object.assign(Object.create(null), { [name]: encodings });
