import type { Provider } from "@digest-sync/engine";
import type { DMMF } from "@prisma/generator-helper";
import type { Problems } from "./problems.js";

/** Providers that digest tables, triggers and settling exist for. */
export const providers = ["sqlite", "postgresql", "mysql"] as const satisfies readonly Provider[];

/** What was said to users, and what must not change: on SQLite, redefining a table that triggers name loses it. */
const head = "/// Tables of Digest Sync. Their shape is frozen: do not change it.\n";

/** SQLite and PostgreSQL differ in ids alone: Prisma's BigInt makes no autoincrement id on SQLite, and its Int is enough. */
const withIds = (id: "Int" | "BigInt") => `${head}model DigestPending {
  id         ${id.padEnd(7)} @id @default(autoincrement())
  collection String
  scope      String?
  key        String?

  @@map("_digest_pending")
}

model DigestScope {
  id         ${id.padEnd(6)} @id @default(autoincrement())
  collection String
  scope      String
  version    BigInt @default(0)
  count      BigInt @default(0)
  state      Bytes?
  sketch     Bytes?

  @@unique([collection, scope])
  @@map("_digest_scope")
}

model DigestRow {
  scopeId ${id.padEnd(6)} @map("scope_id")
  key     String
  head    BigInt
  tail    Bytes

  @@id([scopeId, key])
  @@index([scopeId, head])
  @@map("_digest_row")
}

model DigestError {
  collection String
  scope      String
  key        String
  message    String

  @@id([collection, scope, key])
  @@map("_digest_error")
}

model DigestMeta {
  name  String @id
  value String

  @@map("_digest_meta")
}
`;

/** Bytes, because MySQL compares text by collations: without case, without trailing spaces. Sized for InnoDB's indexes. */
const mysql = `${head}model DigestPending {
  id         BigInt @id @default(dbgenerated("(UUID_SHORT())")) @db.UnsignedBigInt
  collection Bytes  @db.VarBinary(128)
  scope      Bytes? @db.VarBinary(2944)
  key        Bytes? @db.VarBinary(3064)

  @@map("_digest_pending")
}

model DigestScope {
  id         BigInt @id @default(autoincrement())
  collection Bytes  @db.VarBinary(128)
  scope      Bytes  @db.VarBinary(2944)
  version    BigInt @default(0)
  count      BigInt @default(0)
  state      Bytes? @db.VarBinary(512)
  sketch     Bytes? @db.MediumBlob

  @@unique([collection, scope])
  @@map("_digest_scope")
}

model DigestRow {
  scopeId BigInt @map("scope_id")
  key     Bytes  @db.VarBinary(3064)
  head    BigInt
  tail    Bytes  @db.Binary(24)

  @@id([scopeId, key])
  @@index([scopeId, head])
  @@map("_digest_row")
}

/// The id is a hash of collection, scope and key, which together are too long for an index.
model DigestError {
  id         Bytes  @id @db.Binary(32)
  collection Bytes  @db.VarBinary(128)
  scope      Bytes  @db.VarBinary(2944)
  key        Bytes  @db.VarBinary(3064)
  message    String @db.MediumText

  @@index([collection, scope])
  @@map("_digest_error")
}

model DigestMeta {
  name  Bytes @id @db.VarBinary(160)
  value Bytes @db.MediumBlob

  @@map("_digest_meta")
}
`;

const texts: Readonly<Record<Provider, string>> = { sqlite: withIds("Int"), postgresql: withIds("BigInt"), mysql };

const tableNames: ReadonlySet<string> = new Set([...mysql.matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name!));

/**
 * The models of Digest Sync's own tables, to be copied into the user's schema so that Prisma Migrate keeps them, as
 * `npx digest-sync models` prints them.
 *
 * @example
 * await appendFile("prisma/schema.prisma", digestModels("postgresql"))
 */
export function digestModels(provider: Provider): string {
  return texts[provider];
}

/** Whether a model is one of Digest Sync's own. */
export function isDigestModel(model: DMMF.Model): boolean {
  return tableNames.has(model.dbName ?? model.name);
}

/** Reports digest models that are missing or changed. */
export function checkDigestModels(datamodel: DMMF.Datamodel, provider: Provider, problems: Problems): void {
  const missing: string[] = [];
  const shapes = shapesOf(digestModels(provider));
  for (const { name, table, lines } of shapes) {
    const model = datamodel.models.find((candidate) => (candidate.dbName ?? candidate.name) === table);
    if (model === undefined) {
      missing.push(name);
      continue;
    }
    const actual = shapeOf(model, datamodel);
    const absent = lines.filter((line) => !actual.includes(line));
    const surplus = actual.filter((line) => !lines.includes(line));
    if (absent.length === 0 && surplus.length === 0) continue;
    const changes = [...absent.map((line) => `missing: ${line}`), ...surplus.map((line) => `not expected: ${line}`)];
    problems.error(
      model.name,
      `The table "${table}" of Digest Sync has another shape than it must have. ` +
        `Restore it (npx digest-sync models --provider ${provider} prints it).\n${changes.join("\n")}`,
    );
  }
  if (missing.length === 0) return;
  problems.error(
    "Schema",
    missing.length === shapes.length
      ? `The tables of Digest Sync are missing. Append their models, then migrate:\nnpx digest-sync models --provider ${provider} >> prisma/schema.prisma`
      : `Tables of Digest Sync are missing: add ${missing.join(", ")} as "npx digest-sync models --provider ${provider}" prints them.`,
  );
}

interface Shape {
  readonly name: string;
  readonly table: string;
  /** As `shapeOf` makes them of the user's schema. */
  readonly lines: readonly string[];
}

/** The shapes that the text above describes. It is ours and regular, so lines are enough of a parser. */
function shapesOf(text: string): Shape[] {
  return [...text.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) => {
    const lines = body!.split("\n").map((line) => line.trim().replaceAll(/ +/g, " "));
    const id = lines.find((line) => line.includes(" @id"))?.split(" ", 1)[0];
    const shape = lines
      .filter((line) => line !== "" && !line.startsWith("@@map"))
      .map((line) => line.replace(" @id", ""));
    return {
      name: name!,
      table: /@@map\("(\w+)"\)/.exec(body!)![1]!,
      lines: id === undefined ? shape : [...shape, `@@id([${id}])`],
    };
  });
}

function shapeOf(model: DMMF.Model, datamodel: DMMF.Datamodel): string[] {
  const fields = model.fields.map((field) => {
    const type = `${field.type}${field.isList ? "[]" : field.isRequired ? "" : "?"}`;
    const standard = field.hasDefaultValue ? ` @default(${defaultText(field.default)})` : "";
    const map = field.dbName && field.dbName !== field.name ? ` @map("${field.dbName}")` : "";
    return `${field.name} ${type}${standard}${nativeText(field.nativeType)}${map}`;
  });
  const indexes = datamodel.indexes
    .filter((index) => index.model === model.name)
    .map((index) => {
      const attribute = index.type === "normal" ? "index" : index.type;
      return `@@${attribute}([${index.fields.map((field) => field.name).join(", ")}])`;
    });
  return [...fields, ...indexes];
}

function nativeText(native: DMMF.Field["nativeType"]): string {
  if (!native) return "";
  const [name, values] = native;
  return ` @db.${name}${values.length > 0 ? `(${values.join(", ")})` : ""}`;
}

function defaultText(value: DMMF.Field["default"]): string {
  if (typeof value !== "object") return String(value);
  return "name" in value
    ? `${value.name}(${value.args.map((one) => (typeof one === "string" ? JSON.stringify(one) : one)).join(", ")})`
    : JSON.stringify(value);
}
