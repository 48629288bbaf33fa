import { expect, test } from "vitest";
import { definition } from "./definition.js";
import { schemas } from "./schemas.js";

// MySQL's tables are written by a small generator of ours, PostgreSQL's by Prisma's own engine: from one schema both have
// the same columns, keys, indexes and foreign keys. Tables that only one has, and Prisma's join tables, stay out.

interface Table {
  /** `name NOT NULL` or `name NULL`. */
  columns: string[];
  key: string;
  /** `[UNIQUE ]name(columns)`. */
  indexes: string[];
}

const unquoted = (text: string) => text.replaceAll(/[`"]/g, "").replaceAll(/, ?/g, ", ");

function tablesOf(script: string): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (const [, name, body] of script.matchAll(/^CREATE TABLE [`"](.+)[`"] \(\n([\s\S]*?)\n\)/gm)) {
    const lines = body!.split("\n").map((line) => line.trim().replace(/,$/, ""));
    const columns = lines
      .filter((line) => /^[`"]/.test(line))
      .map((line) => `${/^[`"]([^`"]+)/.exec(line)![1]} ${line.includes("NOT NULL") ? "NOT NULL" : "NULL"}`);
    const key = /PRIMARY KEY \((.*)\)/.exec(body!)?.[1] ?? "";
    const indexes = lines.flatMap((line) => /^(UNIQUE )?INDEX .*/.exec(line)?.[0].replace("INDEX ", "") ?? []);
    tables.set(name!, { columns, key: unquoted(key), indexes: indexes.map(unquoted) });
  }
  for (const [, unique, name, table, columns] of script.matchAll(/^CREATE (UNIQUE )?INDEX "(.+)" ON "(.+)"\((.*)\);/gm))
    tables.get(table!)?.indexes.push(unquoted(`${unique ?? ""}${name}(${columns})`));
  for (const { indexes } of tables.values()) indexes.sort();
  return tables;
}

const foreignKeysOf = (script: string) =>
  [...script.matchAll(/^ALTER TABLE .*? ADD CONSTRAINT .*?;$/gm)]
    .map(([text]) => unquoted(text))
    .filter((text) => !/^ALTER TABLE _/.test(text))
    .sort();

test.each(schemas)("the tables of %s on MySQL are those of PostgreSQL", async (schema) => {
  const [theirs, ours] = [await definition("postgresql", schema), await definition("mysql", schema)];
  const [there, here] = [tablesOf(theirs), tablesOf(ours)];
  const both = [...here.keys()].filter((name) => there.has(name) && !name.startsWith("_") && name !== "native types");
  expect(both.length).toBeGreaterThan(0);
  for (const name of both) expect({ name, ...here.get(name) }).toEqual({ name, ...there.get(name) });
  expect(foreignKeysOf(ours)).toEqual(foreignKeysOf(theirs));
});
