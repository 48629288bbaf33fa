import type { Collection } from "@digest-sync/core";
import type { Provider } from "@digest-sync/engine";

// One data set with every type and its edges, for every database. What a row's digest must be follows from the data and
// from core alone: see expected.ts.

type Data = Readonly<Record<string, unknown>>;

export interface EdgeRow {
  readonly name: string;
  /** The Prisma client's property. */
  readonly model: "everything" | "lists" | "native";
  readonly data: Data;
  /** What Prisma is given of it, where it takes something else than it returns. */
  readonly written?: Data;
  /** Why a database cannot hold this row. Prisma must refuse it there: a row that is stored has its digest. */
  readonly unless?: Partial<Record<Provider, string>>;
}

/** Fields of every row of Everything that says nothing else of them. */
const plain: Data = {
  ...{ string: "", int: 0, big: 0n, float: 0, decimal: "0", boolean: false, json: {} },
  ...{ dateTime: new Date(0), bytes: new Uint8Array(0), colour: "red" },
};

const everything = (name: string, data: Data, rest: Partial<EdgeRow> = {}): EdgeRow => ({
  name,
  model: "everything",
  data: { ...plain, ...data },
  ...rest,
});

export const everyRow: readonly EdgeRow[] = [
  everything("nothing but defaults", {}),
  everything("least integers", { int: -2_147_483_648, big: -9_223_372_036_854_775_808n }),
  everything("greatest integers", { int: 2_147_483_647, big: 9_223_372_036_854_775_807n }),
  everything("integers around 2^53", { big: 9_007_199_254_740_993n, bigOptional: -9_007_199_254_740_993n }),
  everything("smallest and greatest floats", { float: 5e-324, floatOptional: 1.7976931348623e308 }),
  everything("floats of many digits", { float: 0.1 + 0.2, floatOptional: -1 / 3 }),
  everything("whole and large floats", { float: 2 ** 53 + 2, floatOptional: -1e300 }),
  everything("negative zero", { float: -0, floatOptional: -0 }),
  everything("decimals with zeros at the end", { decimal: "12345678901.50", decimalOptional: "-0.0000001000" }),
  everything("decimals with exponents", { decimal: "1e3", decimalOptional: "1.50E-7" }),
  everything("decimal zeros", { decimal: "-0", decimalOptional: "0.000" }),
  everything(
    "decimals of 30 digits",
    { decimal: "123456789012345.678901234567891", decimalOptional: "-99999999999999999999999999999" },
    { unless: { sqlite: "decimals are stored as floats" } },
  ),
  everything("dates before 1970", { dateTime: new Date(-1), dateTimeOptional: new Date("1582-10-15T00:00:00.001Z") }),
  everything("the first and the last date of MySQL", {
    dateTime: new Date("1000-01-01T00:00:00.000Z"),
    dateTimeOptional: new Date("9999-12-31T23:59:59.999Z"),
  }),
  everything(
    "dates before 1000",
    { dateTime: new Date("0001-01-01T00:00:00.000Z") },
    { unless: { mysql: "Prisma writes the year 1 as 2001" } },
  ),
  everything(
    "dates past 9999",
    { dateTime: new Date("+010000-01-01T00:00:00.000Z") },
    { unless: { postgresql: "Prisma cannot read years of five digits", mysql: "dates end with 9999" } },
  ),
  everything(
    "dates before the year 0",
    { dateTime: new Date("-000044-03-15T12:00:00.000Z") },
    { unless: { postgresql: "Prisma writes no years before 0", mysql: "dates begin with the year 0" } },
  ),
  everything("a moment that clocks skip", { dateTime: new Date("2026-03-29T02:30:00.000Z") }),
  everything("empty strings are not null", { string: "", stringOptional: "", bytesOptional: new Uint8Array(0) }),
  everything("a huge string", { string: "x".repeat(1_000_000) }),
  everything("spaces at both ends", { string: "  a ", stringOptional: " " }),
  everything("letters of several planes, not normalised", { string: "\ud83d\ude00 e\u0301 \u00e9 \ufeff \uffff" }),
  everything("control characters and quotes", { string: "\u0001\t\r\n\\'\"`\u007f\u2028", stringOptional: "%_?$1" }),
  everything(
    "NUL",
    { string: "a\u0000b" },
    { unless: { sqlite: "libsql ends text at a NUL", postgresql: "text holds no NUL" } },
  ),
  everything("unpaired surrogates", { string: "a\ud800b\udc00" }),
  everything("falsy optional values", {
    ...{ intOptional: 0, bigOptional: 0n, floatOptional: 0, decimalOptional: "0", booleanOptional: false },
    ...{ jsonOptional: false, dateTimeOptional: new Date(0), colourOptional: "red" },
  }),
  everything("mapped enum values", { colour: "darkBlue", colourOptional: "green" }),
  everything("every byte", { bytes: Uint8Array.from({ length: 256 }, (_, i) => i), boolean: true }),
  everything("nested JSON", { json: { b: [1, [2, { c: null }], "", {}, []], a: { "": true }, aa: false } }),
  everything("keys of JSON", { json: { constructor: 2, "/": 3, é: 4, "😀": 5, "\uffff": 6 } }),
  everything("odd numbers in JSON", {
    json: [0, -0, 1.5, 1e-7, 5e-324, 1.7976931348623157e308, 1e21, 2 ** 53, 2 ** 53 + 2, -(2 ** 63), 0.1 + 0.2],
  }),
  everything("JSON text and numbers at the top", { json: "text", jsonOptional: 0 }),
  everything("NUL in JSON", { json: ["a\u0000b"] }, { unless: { postgresql: "jsonb holds no NUL" } }),
  everything(
    "unpaired surrogates in JSON",
    { json: ["\ud800"] },
    { unless: { postgresql: "jsonb refuses them", mysql: "MariaDB's JSON refuses them" } },
  ),
];

const noLists: EdgeRow["unless"] = { sqlite: "no lists", mysql: "no lists" };
const emptyLists: Data = {
  ...{ strings: [], ints: [], bigs: [], floats: [], decimals: [], booleans: [], dateTimes: [], jsons: [], bytes: [] },
  colours: [],
};
const lists = (name: string, data: Data, rest: Partial<EdgeRow> = {}): EdgeRow => ({
  name,
  model: "lists",
  data: { ...emptyLists, ...data },
  unless: noLists,
  ...rest,
});

export const everyList: readonly EdgeRow[] = [
  lists("empty lists", {}),
  lists(
    "lists that are null",
    {},
    { written: Object.fromEntries(Object.keys(emptyLists).map((name) => [name, undefined])) },
  ),
  lists("lists of one", { strings: [""], ints: [0], bytes: [new Uint8Array(0)], jsons: [{}], colours: ["darkBlue"] }),
  lists("lists of edges", {
    strings: ["b", "a", "a", '{",}', "NULL", "\\", "😀"],
    ints: [-2_147_483_648, 2_147_483_647],
    bigs: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
    // Prisma rounds floats in lists to 16 digits before they reach the database.
    floats: [5e-324, -0, 0.1, -1e300],
    decimals: ["1.500", "-0", "123456789012345.678901234567891"],
    booleans: [true, false],
    dateTimes: [new Date(-1), new Date("9999-12-31T23:59:59.999Z")],
    jsons: [[], "x", 1.5, { a: [null] }],
    bytes: [new Uint8Array([0, 255]), new Uint8Array([92])],
    colours: ["green", "red"],
  }),
];

/** Values at the edges of native types, which each database has of its own. */
export const everyNative: Readonly<Record<Provider, readonly EdgeRow[]>> = {
  sqlite: [],
  postgresql: [
    {
      name: "native types",
      model: "native",
      data: {
        uuid: "6f1ed002-ab5d-4f4d-9b0e-6f4f0f3b0c11",
        varChar: "a ",
        // Padded by the database.
        char: "é    ",
        small: -32_768,
        single: Math.fround(0.1),
        numeric: "-12345678.5",
        instant: new Date("1969-12-31T23:59:59.999Z"),
        day: new Date("1582-10-15T00:00:00.000Z"),
        jsonText: { b: 1.5, a: [null, -0] },
      },
      written: { uuid: "6F1ED002-AB5D-4F4D-9B0E-6F4F0F3B0C11", char: "é", single: 0.1, numeric: "-12345678.50004" },
    },
  ],
  mysql: [
    {
      name: "native types",
      model: "native",
      data: {
        id: "É",
        tiny: -128,
        unsigned: 4_294_967_295,
        unsignedBig: 18_446_744_073_709_551_615n,
        single: Math.fround(0.1),
        numeric: "-12345678.5",
        seconds: new Date("1969-12-31T23:59:59.000Z"),
        day: new Date("1582-10-15T00:00:00.000Z"),
        mediumText: "x".repeat(70_000),
        varBinary: new Uint8Array([0, 255, 32]),
      },
      // Spaces at the end of a CHAR are not kept.
      written: { id: "É ", single: 0.1, numeric: "-12345678.50004" },
    },
  ],
};

/** Everything and Lists as they are on every database that has them. */
export const collections: readonly Collection[] = [
  {
    name: "Everything",
    key: ["id"],
    scope: [],
    fields: [
      { name: "id", type: "Int" },
      ...scalars("String", "string"),
      ...scalars("Int", "int"),
      ...scalars("BigInt", "big"),
      ...scalars("Float", "float"),
      ...scalars("Decimal", "decimal"),
      ...scalars("Boolean", "boolean"),
      ...scalars("DateTime", "dateTime"),
      ...scalars("Json", "json"),
      ...scalars("Bytes", "bytes"),
      ...scalars("Enum", "colour"),
    ],
  },
  {
    name: "Lists",
    key: ["id"],
    scope: [],
    fields: [
      { name: "id", type: "Int" },
      ...(
        [
          ["strings", "String"],
          ["ints", "Int"],
          ["bigs", "BigInt"],
          ["floats", "Float"],
          ["decimals", "Decimal"],
          ["booleans", "Boolean"],
          ["dateTimes", "DateTime"],
          ["jsons", "Json"],
          ["bytes", "Bytes"],
          ["colours", "Enum"],
        ] as const
      ).map(([name, type]) => ({ name, type, list: true as const })),
    ],
  },
];

function scalars(type: Collection["fields"][number]["type"], name: string): Collection["fields"] {
  return [
    { name, type },
    { name: `${name}Optional`, type, optional: true },
  ];
}
