import type { Provider } from "@digest-sync/engine";
import type { DMMF } from "@prisma/generator-helper";
import type { Problems } from "./problems.js";

/**
 * The models of Digest Sync's own tables, to be copied into the user's schema so that Prisma Migrate keeps them. Their
 * shape is frozen: redefining a table on SQLite while triggers name it fails midway and loses it.
 */
const sqlite = `/// Tables of Digest Sync. Their shape is frozen: do not change it.
model DigestPending {
  id         Int     @id @default(autoincrement())
  collection String
  scope      String?
  key        String?

  @@map("_digest_pending")
}

model DigestScope {
  id         Int    @id @default(autoincrement())
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
  scopeId Int    @map("scope_id")
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

/** The shape in DMMF terms: per table its lines, which `shapeOf` reproduces from the user's schema. */
const shapes: Readonly<Record<string, { readonly model: string; readonly lines: readonly string[] }>> = {
  _digest_pending: {
    model: "DigestPending",
    lines: ["id Int @default(autoincrement())", "collection String", "scope String?", "key String?", "@@id([id])"],
  },
  _digest_scope: {
    model: "DigestScope",
    lines: [
      "id Int @default(autoincrement())",
      "collection String",
      "scope String",
      "version BigInt @default(0)",
      "count BigInt @default(0)",
      "state Bytes?",
      "sketch Bytes?",
      "@@id([id])",
      "@@unique([collection, scope])",
    ],
  },
  _digest_row: {
    model: "DigestRow",
    lines: [
      'scopeId Int @map("scope_id")',
      "key String",
      "head BigInt",
      "tail Bytes",
      "@@id([scopeId, key])",
      "@@index([scopeId, head])",
    ],
  },
  _digest_error: {
    model: "DigestError",
    lines: ["collection String", "scope String", "key String", "message String", "@@id([collection, scope, key])"],
  },
  _digest_meta: { model: "DigestMeta", lines: ["name String", "value String", "@@id([name])"] },
};

/** Providers the digest tables, triggers and settling exist for. */
export const providers: readonly Provider[] = ["sqlite"];

/** The models to append to a schema, as `npx digest-sync models` prints them. */
export function digestModels(_provider: "sqlite"): string {
  return sqlite;
}

/** Whether a model is one of Digest Sync's own. */
export function isDigestModel(model: DMMF.Model): boolean {
  return (model.dbName ?? model.name) in shapes;
}

/** Reports digest models that are missing or changed. */
export function checkDigestModels(datamodel: DMMF.Datamodel, problems: Problems): void {
  const missing: string[] = [];
  for (const [table, { model: name, lines }] of Object.entries(shapes)) {
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
        `Restore it (npx digest-sync models prints it).\n${changes.join("\n")}`,
    );
  }
  if (missing.length === 0) return;
  const all = missing.length === Object.keys(shapes).length;
  problems.error(
    "Schema",
    all
      ? "The tables of Digest Sync are missing. Append their models, then migrate:\nnpx digest-sync models --provider sqlite >> prisma/schema.prisma"
      : `Tables of Digest Sync are missing: add ${missing.join(", ")} as "npx digest-sync models --provider sqlite" prints them.`,
  );
}

function shapeOf(model: DMMF.Model, datamodel: DMMF.Datamodel): string[] {
  const fields = model.fields.map((field) => {
    const type = `${field.type}${field.isList ? "[]" : field.isRequired ? "" : "?"}`;
    const native = field.nativeType ? ` @db.${field.nativeType[0]}` : "";
    const map = field.dbName && field.dbName !== field.name ? ` @map("${field.dbName}")` : "";
    return `${field.name} ${type}${field.hasDefaultValue ? ` @default(${defaultText(field.default)})` : ""}${native}${map}`;
  });
  const indexes = datamodel.indexes
    .filter((index) => index.model === model.name)
    .map((index) => {
      const attribute = index.type === "normal" ? "index" : index.type;
      return `@@${attribute}([${index.fields.map((field) => field.name).join(", ")}])`;
    });
  return [...fields, ...indexes];
}

function defaultText(value: DMMF.Field["default"]): string {
  if (typeof value !== "object") return String(value);
  return "name" in value ? `${value.name}(${value.args.join(", ")})` : JSON.stringify(value);
}
