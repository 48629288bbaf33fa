import { readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest } from "@digest-sync/core";
import type { DatabaseManifest } from "@digest-sync/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prismaGenerate, temporaryFolder } from "./prisma-generate.js";

const schema = await readFile(new URL("../../../prisma/types.prisma", import.meta.url), "utf8");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let output: string;
let server: DatabaseManifest;
let client: object;
beforeAll(async () => {
  folder = await temporaryFolder();
  output = join(folder.path, "generated/types/digest-sync");
  const generated = await prismaGenerate(folder.path, schema);
  expect(generated.output).not.toContain("warning");
  expect(generated.code).toBe(0);
  server = (await import(join(output, "server.ts"))).manifest;
  client = (await import(join(output, "client.ts"))).manifest;
});
afterAll(() => folder.remove());

function collection(name: string) {
  return server.collections.find((candidate) => candidate.name === name)!;
}

function table(name: string) {
  return server.tables.find((candidate) => candidate.model === name)!;
}

describe("the generated manifest", () => {
  test("has the annotated models in order of their names, and no other", () => {
    const names = ["Big", "Entry", "Everything", "Leaf", "Membership", "Node", "Paint", "Slot"];
    expect(server.collections.map(({ name }) => name)).toEqual(names);
    expect(server.tables.map(({ model }) => model)).toEqual(names);
    expect(server).toMatchObject({ version: 1, algorithm: "sha256", provider: "sqlite" });
  });

  test("is one that core accepts", () => {
    expect(parseManifest(client)).toMatchObject({ collections: server.collections });
  });

  test("tells the client nothing about the database", async () => {
    const { provider: _provider, tables: _tables, ...shared } = server;
    expect(client).toEqual(shared);
    const text = await readFile(join(output, "client.ts"), "utf8");
    for (const name of ["memberships", "user_id", "dark-blue", "sqlite", "Secret", "@digest-sync/prisma"]) {
      expect(text).not.toContain(name);
    }
  });

  test("has every scalar type, required and optional, in schema order", () => {
    const types = ["String", "Int", "BigInt", "Float", "Decimal", "Boolean", "DateTime", "Json", "Bytes", "Enum"];
    const { fields } = collection("Everything");
    expect(fields.slice(1).map(({ type, optional }) => [type, optional])).toEqual(
      types.flatMap((type) => [
        [type, undefined],
        [type, true],
      ]),
    );
    expect(fields[0]).toEqual({ name: "id", type: "Int" });
  });

  test("has keys and scopes of several fields in the order they are written", () => {
    expect(collection("Membership")).toMatchObject({ key: ["userId", "position"], scope: ["orgId", "teamId"] });
    expect(collection("Paint")).toMatchObject({ key: ["colour", "shade"], scope: ["colour"] });
    expect(collection("Node")).toMatchObject({ key: ["name"], scope: [] });
  });

  test("leaves out relations and omitted fields, which stay in the table: a scope field may be omitted", () => {
    const entry = collection("Entry");
    expect(entry.scope).toEqual(["ownerId"]);
    expect(entry.fields.map(({ name }) => name)).not.toContain("ownerId");
    expect(entry.fields.map(({ name }) => name)).not.toContain("parent");
    expect(table("Entry").columns.ownerId).toEqual({ name: "owner_id" });
    expect(table("Entry").columns.parent).toBeUndefined();
  });

  test("has the filter with values of the fields' types", () => {
    const where = {
      archived: false,
      kind: "note",
      colour: "darkBlue",
      level: 3,
      removed: null,
      big: Number.MAX_SAFE_INTEGER,
    };
    expect(collection("Entry").where).toEqual(where);
    expect("where" in collection("Node")).toBe(false);
  });

  test("maps fields, tables and enum values to what the database calls them", () => {
    expect(table("Everything")).toMatchObject({ name: "every thing", delegate: "everything" });
    expect(table("Everything").columns.string).toEqual({ name: "a string" });
    expect(table("Everything").columns.colour).toEqual({
      name: "color",
      values: { red: "red", green: "GREEN!", darkBlue: "dark-blue" },
    });
    expect(table("Leaf")).toEqual({
      model: "Leaf",
      delegate: "leaf",
      name: "Leaf",
      columns: { nodeName: { name: "nodeName" }, number: { name: "number" }, text: { name: "text" } },
    });
  });
});

test("generating again leaves files that would not change alone", async () => {
  const file = join(output, "client.ts");
  const before = await readFile(file, "utf8");
  await utimes(file, 1_000_000, 1_000_000);
  expect((await prismaGenerate(folder.path, schema)).code).toBe(0);
  expect((await stat(file)).mtimeMs).toBe(1_000_000_000);
  expect(await readFile(file, "utf8")).toBe(before);
});
