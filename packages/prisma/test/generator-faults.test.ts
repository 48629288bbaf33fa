import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Generated, prismaGenerate, temporaryFolder } from "./prisma-generate.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe("a schema full of faults", () => {
  let generated: Generated;
  let problems: string[];
  beforeAll(async () => {
    generated = await prismaGenerate(folder.path, await readFile(new URL("faulty.prisma", import.meta.url), "utf8"));
    problems = generated.output.split("\n").filter((line) => line.startsWith("  - "));
  });

  test("makes prisma generate fail", () => {
    expect(generated.code).toBe(1);
    expect(generated.output).toContain(`Digest Sync generated nothing: ${expected.length} problems in the schema.`);
  });

  test("warns about a comment with two slashes", () => {
    expect(generated.output).toContain(
      'warning: Schema: "// @sync.omit" has no effect. An annotation begins with three slashes: /// @sync.omit',
    );
  });

  const integers = "write an integer from -2147483648 to 2147483647 without quotes.";
  const expected: (readonly [where: string, text: string])[] = [
    ["NoId", "A synced model needs a primary key: give it an @id or an @@id (@unique is not enough)."],
    ["DateKey.at", "A key may be a String, Int, BigInt or enum, and this is DateTime."],
    ["OmittedKey.id", "A field of the primary key cannot be left out: it tells the rows apart. Remove @sync.omit."],
    ["MissingScope, scope", 'There is no field "acountId". Did you mean "accountId"?'],
    ["BadScopes, scope", 'A scope may be a String, Int, BigInt or enum, and "price" is Float.'],
    ["BadScopes, scope", 'A scope may be a String, Int, BigInt or enum, and "tags" is a list (String[]).'],
    ["BadScopes, scope", '"owner" is a relation. Write scope: ownerId'],
    [
      "BadScopes, scope",
      '"owner.id" leads through a relation, which is not supported yet. ' +
        "BadScopes has the same value itself: write scope: ownerId",
    ],
    [
      "BadScopes, scope",
      '"owner.orgId" leads through a relation, which is not supported yet. ' +
        "Store orgId on BadScopes as well, and write scope: orgId",
    ],
    ["BadScopes", 'The scope names "id" twice.'],
    ["Owner.badScopes", "@sync belongs above the model Owner, not at a field."],
    ["BadFilter, where", 'There is no field "missng". Did you mean "missing"?'],
    ["BadFilter, where", '"text" is a String; write its value in quotes.'],
    ["BadFilter, where", '"flag" is a Boolean; write true or false.'],
    ["BadFilter, where", `"count" is an Int; ${integers}`],
    [
      "BadFilter, where",
      '"big" is a BigInt; write an integer from -9007199254740991 to 9007199254740991 without quotes.',
    ],
    ["BadFilter, where", '"colour" is a Colour; its values are red, blue. Write "blue", its name in the schema.'],
    ["BadFilter, where", '"hue" is a Colour; its values are red, blue.'],
    [
      "BadFilter, where",
      '"price" is a Float, and databases compare those differently. ' +
        "Filter on a String, Int, BigInt, Boolean or enum field (or on null).",
    ],
    ["BadFilter, where", '"at" is required, so it is never null.'],
    ["BadFilter, where", '"data" is Json, whose null has two meanings in a database.'],
    ["BadFilter, where", '"tags" is a list. A filter compares single values.'],
    ["BadFilter, where", '"other" is a relation. Filter on "otherId".'],
    ["BadFields.name", "@sync belongs above the model. To leave this field out, write @sync.omit."],
    ["BadFields.upId", "@sync belongs above the model. To leave this field out, write @sync.omit."],
    ["BadFields.up", "@sync belongs above a model; a relation is synced through the model it leads to."],
    [
      "BadFields.downs",
      "@sync on a relation list is not supported yet. " +
        "Make the relation a model of its own (with two foreign keys) and write @sync above that.",
    ],
    ["BadFields.secret", '"@syncOmit" is not an annotation. Write @sync.omit.'],
    ["BadFields.place", "A field of type Unsupported cannot be synced. Leave it out: /// @sync.omit"],
    ["Unparsable", 'Expected the name of a field, found ")".'],
    ["OmittedModel", "@sync.omit is for fields. A model is left out by not writing @sync above it."],
    ["View", "A view cannot be synced: no trigger sees its rows change. Sync the tables behind it."],
    ["Schema", '"/// @sync" has no effect where it is. Put it right above a model or field (without @ignore).'],
    ["Schema", '"/// @sync.omit" has no effect where it is. Put it right above a model or field (without @ignore).'],
    ["Unsynced.a", "@sync belongs above the model Unsynced, not at a field."],
    ["DigestPending", "The tables of Digest Sync cannot be synced themselves."],
    [
      "DigestPending",
      'The table "_digest_pending" of Digest Sync has another shape than it must have. ' +
        "Restore it (npx digest-sync models prints it).",
    ],
    [
      "Schema",
      "Tables of Digest Sync are missing: add DigestScope, DigestRow, DigestError " +
        'as "npx digest-sync models --provider sqlite" prints them.',
    ],
    ["datasource", 'The provider "postgresql" is not supported yet. Supported: sqlite.'],
    ["generator", 'There is no digest algorithm "sha-256". Did you mean "sha256"?'],
  ];
  test.each(expected)("%s: %s", (where, text) => {
    expect(problems).toContain(`  - ${where}: ${text}`);
  });

  test("shows how a digest model differs", () => {
    expect(generated.output).toContain(
      "    missing: id Int @default(autoincrement())\n    not expected: id BigInt @default(autoincrement())\n",
    );
  });
});

const head = `
generator digestSync {
  provider = "digest-sync-generator"
  output   = "./digest-sync"
}
datasource db {
  provider = "sqlite"
}
`;

test("without the digest models the message is the command that prints them", async () => {
  const schema = `${head}
    /// @sync
    model Note {
      id String @id
    }`;
  const { code, output } = await prismaGenerate(folder.path, schema);
  expect(output).toContain("Digest Sync generated nothing: 1 problem in the schema.");
  expect(output).toContain("npx digest-sync models --provider sqlite >> prisma/schema.prisma\n");
  expect(code).toBe(1);
});

test("a schema without any @sync is only warned about", async () => {
  const { code, output } = await prismaGenerate(folder.path, `${head}\nmodel Note {\n  id String @id\n}\n`);
  expect(output).toContain("warning: Schema: No model is synced. Write /// @sync above one");
  expect(code).toBe(0);
});
