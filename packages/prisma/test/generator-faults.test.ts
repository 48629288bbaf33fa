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
    ["BadScopes, scope", '"owner.id" is what BadScopes.ownerId holds itself: write scope: ownerId'],
    ["BadScopes, scope", '"owner.orgId": Owner has no field "orgId".'],
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
    [
      "BadFields.up",
      "@sync belongs above a model; a relation to one row is synced by its foreign key, which is a field already.",
    ],
    [
      "BadFields.downs",
      "@sync is for implicit many-to-many lists, and the rows of this one hold the foreign key themselves. Remove it here " +
        "and write @sync above the model BadFields: clients find the rows by BadFields.upId.",
    ],
    ["BadFields.secret", '"@syncOmit" is not an annotation. Write @sync.omit.'],
    ["BadFields.place", "A field of type Unsupported cannot be synced. Leave it out: /// @sync.omit"],
    ["Unparsable", 'Expected the name of a field, found ")".'],
    ["OmittedModel", "@sync.omit is for fields. A model is left out by not writing @sync above it."],
    [
      "BadPaths, scope",
      '"children.code" leads through the list BadPaths.children: a row would be in many scopes. ' +
        "Scope BadPaths instead, or a model between the two.",
    ],
    ["BadPaths, scope", '"code.x": BadPaths.code is no relation, but a field. A path ends with a field: "code".'],
    ["BadPaths, scope", '"missng.code": BadPaths has no relation "missng".'],
    [
      "BadPaths, scope",
      '"extra.code" leads through BadPaths.extra, whose foreign key is on the other side (Extra). ' +
        "A path follows foreign keys: store the value on BadPaths, or put the foreign key there.",
    ],
    [
      "BadPaths, scope",
      '"view.code" leads through the view View: no trigger sees its rows change. Name the table behind it.',
    ],
    ["BadPaths, scope", 'A scope may be a String, Int, BigInt or enum, and "parent.flag" is Boolean.'],
    ["BadPaths, scope", '"parent.parent" ends with the relation BadPaths.parent. Write scope: parent.parentId'],
    ["BadPaths, scope", '"parent.nothing": BadPaths has no field "nothing".'],
    [
      "BadLists.moments",
      "The ids of a list may be String, Int or BigInt, and Moment.at is DateTime. " +
        "Make the relation a model of its own (with two foreign keys) and write @sync above that.",
    ],
    ["BadLists.others", "A list has no scope and no filter of its own: write /// @sync without parameters."],
    [
      "BadTypes.id",
      "@db.Char cannot be a key: it is padded with spaces when it is read and not when it is compared. " +
        "Use @db.VarChar or @db.Text.",
    ],
    [
      "BadTypes, scope place",
      "@db.Inet cannot be a scope: it is written with its network mask as text and without it when it is read. " +
        "Use @db.Text.",
    ],
    [
      "BadTypes, where code",
      "@db.Char cannot be a filter: it is padded with spaces when it is read and not when it is compared. " +
        "Use @db.VarChar or @db.Text.",
    ],
    [
      "BadTypes.price",
      "@db.Money is text in the server's locale, which Prisma reads as another number elsewhere. " +
        "Use @db.Decimal(19, 4), or leave the field out: /// @sync.omit.",
    ],
    ["View", "A view cannot be synced: no trigger sees its rows change. Sync the tables behind it."],
    ["Schema", '"/// @sync" has no effect where it is. Put it right above a model or field (without @ignore).'],
    ["Schema", '"/// @sync.omit" has no effect where it is. Put it right above a model or field (without @ignore).'],
    ["Unsynced.a", "@sync belongs above the model Unsynced, not at a field."],
    ["DigestPending", "The tables of Digest Sync cannot be synced themselves."],
    [
      "DigestPending",
      'The table "_digest_pending" of Digest Sync has another shape than it must have. ' +
        "Restore it (npx digest-sync models --provider postgresql prints it).",
    ],
    [
      "Schema",
      "Tables of Digest Sync are missing: add DigestScope, DigestRow, DigestError " +
        'as "npx digest-sync models --provider postgresql" prints them.',
    ],
    ["generator", 'There is no digest algorithm "sha-256". Did you mean "sha256"?'],
  ];
  test.each(expected)("%s: %s", (where, text) => {
    expect(problems).toContain(`  - ${where}: ${text}`);
  });

  test("shows how a digest model differs", () => {
    expect(generated.output).toContain(
      "    missing: id BigInt @default(autoincrement())\n    not expected: id Int @default(autoincrement())\n",
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

test.each(["cockroachdb", "sqlserver"])(
  "%s is refused clearly, and nothing else about it is said",
  async (provider) => {
    const schema = `${head.replace("sqlite", provider)}
    /// @sync
    model Note {
      id String @id
    }`;
    const { code, output } = await prismaGenerate(folder.path, schema);
    expect(output).toContain("Digest Sync generated nothing: 1 problem in the schema.");
    expect(output).toContain(`datasource: The provider "${provider}" is not supported.`);
    expect(output).toContain("Supported: sqlite, postgresql, mysql.");
    expect(code).toBe(1);
  },
);

test("on MySQL a scope or key that its tables cannot hold is refused", async () => {
  const schema = `${head.replace("sqlite", "mysql")}
    /// @sync(scope: text)
    model Note {
      a    String @db.VarChar(700)
      b    String @db.VarChar(60)
      c    Int
      text String @db.Text

      @@id([a, b, c])
    }`;
  const { output } = await prismaGenerate(folder.path, schema);
  expect(output).toContain("Note, scope: On MySQL a scope is at most 2944 bytes long, and this one may be 65535.");
  // 700 and 60 characters of 4 bytes, a number of 20, two slashes.
  expect(output).not.toContain("Note.a, b, c: On MySQL a key");
  const wider = await prismaGenerate(folder.path, schema.replace("(60)", "(66)"));
  expect(wider.output).toContain("Note.a, b, c: On MySQL a key is at most 3064 bytes long, and this one may be 3086.");
});

test("a schema without any @sync is only warned about", async () => {
  const { code, output } = await prismaGenerate(folder.path, `${head}\nmodel Note {\n  id String @id\n}\n`);
  expect(output).toContain("warning: Schema: No model is synced. Write /// @sync above one");
  expect(code).toBe(0);
});
