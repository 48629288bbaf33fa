import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { digestModels, providers } from "../src/generator/digest-models.js";
import { clientModule, serverModule } from "../src/generator/emit.js";
import { Problems } from "../src/generator/problems.js";
import { readSchema, type SchemaInput, type SyncedSchema } from "../src/generator/schema.js";
import { prismaGenerate, temporaryFolder } from "./prisma-generate.js";

const writeOptions = fileURLToPath(new URL("write-options.js", import.meta.url));

/** What Prisma tells generators about a schema. */
async function inputOf(models: string, provider: string): Promise<SchemaInput> {
  const folder = await temporaryFolder();
  try {
    const head = `
      generator options {
        provider = ${JSON.stringify(`node ${writeOptions}`)}
        output   = "./options.json"
      }
      datasource db {
        provider = "${provider}"
      }`;
    const { output } = await prismaGenerate(folder.path, `${head}\n${models}`);
    expect(output).toContain("Generated options");
    return JSON.parse(await readFile(join(folder.path, "options.json"), "utf8")) as SchemaInput;
  } finally {
    await folder.remove();
  }
}

describe("what only other databases have", () => {
  let schema: SyncedSchema;
  beforeAll(async () => {
    const models = `
      enum Colour {
        red
        blue
      }
      /// @sync
      model Thing {
        id      Int      @id
        precise Float
        single  Float    @db.Real
        texts   String[]
        colours Colour[]
        dates   DateTime[]

        @@map("things")
      }`;
    schema = readSchema(await inputOf(models, "postgresql"), new Problems());
  });

  test("a single-precision column is marked, so that its values are rounded alike", () => {
    expect(schema.manifest.collections[0]!.fields.slice(1, 3)).toEqual([
      { name: "precise", type: "Float" },
      { name: "single", type: "Float", single: true },
    ]);
  });

  test("a list is a list and never null", () => {
    expect(schema.manifest.collections[0]!.fields[3]).toEqual({ name: "texts", type: "String", list: true });
    const text = clientModule(schema);
    expect(text).toContain("  texts: string[];\n  colours: Colour[];\n  dates: Date[];\n");
  });
});

describe("names that generated code needs for itself", () => {
  test("get an underscore as row types, and stay as they are as collections", async () => {
    const models = `
      enum Rows {
        a
      }
      /// @sync
      model Date {
        id   Int      @id
        at   DateTime
        rows Rows
      }
      /// @sync
      model Manifest {
        id String @id
      }`;
    const schema = readSchema(await inputOf(models, "sqlite"), new Problems());
    const text = clientModule(schema);
    expect(text).toContain('export type Rows_ = "a";');
    expect(text).toContain("export interface Date_ {\n  id: number;\n  at: Date;\n  rows: Rows_;\n}\n");
    expect(text).toContain("export type Rows = {\n  Date: Date_;\n  Manifest: Manifest_;\n};\n");
    expect(serverModule(schema)).toContain('name: "Date"');
  });
});

describe("what the manifest says of relations", () => {
  const models = `
    /// @sync(scope: chat.org)
    model Message {
      id     String @id @db.VarChar(36) @map("message_id")
      chatId Int?   @map("chat_id")
      chat   Chat?  @relation(fields: [chatId], references: [id])
      /// @sync
      tags   Tag[]
    }
    model Chat {
      id       Int       @id
      org      Int       @map("org_id")
      upId     Int
      up       Chat      @relation("up", fields: [upId], references: [id], onDelete: Cascade, onUpdate: NoAction)
      downs    Chat[]    @relation("up")
      messages Message[]

      @@map("chats")
    }
    model Tag {
      id       BigInt    @id @map("tag_id")
      messages Message[]
    }`;
  const path = {
    hops: [{ columns: ["chat_id"], table: { name: "chats" }, references: ["id"], optional: true }],
    column: { name: "org_id" },
  };
  const list = {
    ...{ join: { name: "_MessageToTag" }, own: "A", other: "B", column: "message_id" },
    ...{ to: { name: "Tag" }, references: "tag_id", id: "id" },
  };

  test.each(["sqlite", "postgresql", "mysql"])("paths and lists, on %s", async (provider) => {
    const text = provider === "sqlite" ? models.replace("@db.VarChar(36) ", "") : models;
    const { manifest } = readSchema(await inputOf(text, provider), new Problems());
    expect(manifest.provider).toBe(provider);
    expect(manifest.collections[0]!.scope).toEqual(["chat.org"]);
    expect(manifest.collections[0]!.fields.at(-1)).toEqual({ name: "tags", type: "BigInt", list: true });
    expect(manifest.tables[0]).toMatchObject({ paths: { "chat.org": path }, lists: { tags: list } });
    expect(manifest.foreignKeys !== undefined).toBe(provider === "mysql");
    expect(manifest.emulatedRelations).toBeUndefined();
  });

  test("foreign keys, with what Prisma makes them do when nothing is said", async () => {
    const { manifest } = readSchema(await inputOf(models, "mysql"), new Problems());
    const link = { table: { name: "_MessageToTag" }, onDelete: "Cascade", onUpdate: "Cascade" };
    expect(manifest.foreignKeys).toEqual([
      {
        ...{ table: { name: "Message" }, columns: ["chat_id"], to: { name: "chats" }, references: ["id"] },
        ...{ onDelete: "SetNull", onUpdate: "Cascade" },
      },
      { ...link, columns: ["A"], to: { name: "Message" }, references: ["message_id"] },
      {
        ...{ table: { name: "chats" }, columns: ["upId"], to: { name: "chats" }, references: ["id"] },
        ...{ onDelete: "Cascade", onUpdate: "NoAction" },
      },
      { ...link, columns: ["B"], to: { name: "Tag" }, references: ["tag_id"] },
    ]);
  });

  test("that the database enforces nothing, under relationMode prisma", async () => {
    const input = await inputOf(models, "mysql");
    const emulated = { ...input, datamodel: input.datamodel.replace('"mysql"', '"mysql"\nrelationMode = "prisma"') };
    const { manifest } = readSchema(emulated, new Problems());
    expect(manifest).toMatchObject({ emulatedRelations: true });
    expect(manifest.foreignKeys).toBeUndefined();
  });
});

test.each(providers)("the models that are printed for %s are what the check expects", async (provider) => {
  const problems = new Problems();
  readSchema(await inputOf(`/// @sync\nmodel Note {\n  id Int @id\n}\n${digestModels(provider)}`, provider), problems);
  expect(problems.errors).toEqual([]);
});
