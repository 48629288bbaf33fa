import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
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
