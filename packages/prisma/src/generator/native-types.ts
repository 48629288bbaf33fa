import type { Provider } from "@digest-sync/engine";
import type { DMMF } from "@prisma/generator-helper";
import type { Problems } from "./problems.js";

/** Native types whose values Prisma does not read as they are, or not alike everywhere: by provider, with what to do. */
const unreadable: Readonly<Record<Provider, Readonly<Record<string, string>>>> = {
  sqlite: {},
  postgresql: {
    Money: "is text in the server's locale, which Prisma reads as another number elsewhere. Use @db.Decimal(19, 4)",
  },
  mysql: {},
};

/** Native types whose text in a trigger is not the value that Prisma reads: no keys and no scopes. */
const otherText: Readonly<Record<Provider, Readonly<Record<string, string>>>> = {
  sqlite: {},
  postgresql: {
    Char: "is padded with spaces when it is read and not when it is compared. Use @db.VarChar or @db.Text",
    Inet: "is written with its network mask as text and without it when it is read. Use @db.Text",
    Bit: "cannot be compared with the text that Prisma passes. Use @db.Text",
    VarBit: "cannot be compared with the text that Prisma passes. Use @db.Text",
    Xml: "cannot be compared. Use @db.Text",
  },
  mysql: {
    Year: "is compared by rules of its own (70 is 1970). Use Int without @db.Year",
    Bit: "is bytes. Use Int or String",
  },
};

/** Reports a native type under which a field's digest, or a key's text, would be another than the row's. */
export function checkNativeType(
  provider: Provider,
  where: string,
  field: DMMF.Field,
  role: "field" | "key" | "scope" | "filter",
  problems: Problems,
): void {
  const [name] = field.nativeType ?? [];
  if (name === undefined) return;
  // A filter compares what Prisma has read: padding alone keeps it from ever being equal.
  const compared = role === "key" || role === "scope" || (role === "filter" && name === "Char");
  const reason = unreadable[provider][name] ?? (compared ? otherText[provider][name] : undefined);
  if (reason === undefined) return;
  const instead = role === "field" ? ", or leave the field out: /// @sync.omit" : "";
  problems.error(where, `@db.${name} ${role === "field" ? "" : `cannot be a ${role}: it `}${reason}${instead}.`);
}

/** Bytes that MySQL's tables of Digest Sync have for a scope and for a key: InnoDB indexes no more. */
const widest = { scope: 2944, key: 3064 };

/** Reports keys and scopes whose longest text would not fit, so that a write of the app would fail. */
export function checkWidths(
  model: DMMF.Model,
  role: "scope" | "key",
  fields: readonly DMMF.Field[],
  enums: ReadonlyMap<string, DMMF.DatamodelEnum>,
  problems: Problems,
): void {
  const width = fields.reduce((sum, field) => sum + widthOf(field, enums), Math.max(0, fields.length - 1));
  if (width <= widest[role]) return;
  problems.error(
    role === "scope" ? `${model.name}, scope` : `${model.name}.${fields.map(({ name }) => name).join(", ")}`,
    `On MySQL a ${role} is at most ${widest[role]} bytes long, and this one may be ${width}. Limit its fields, 4 bytes a ` +
      "character: @db.VarChar(191)",
  );
}

function widthOf(field: DMMF.Field, enums: ReadonlyMap<string, DMMF.DatamodelEnum>): number {
  if (field.kind === "enum") {
    return Math.max(0, ...(enums.get(field.type)?.values ?? []).map((value) => Buffer.byteLength(value.name) * 2));
  }
  if (field.type !== "String") return 20;
  const [type, [length] = []] = field.nativeType ?? ["VarChar", ["191"]];
  const texts: Readonly<Record<string, number>> = {
    TinyText: 255,
    Text: 65_535,
    MediumText: 2 ** 24,
    LongText: 2 ** 32,
  };
  return texts[type] ?? 4 * Number(length ?? 191);
}
