import type { Manifest } from "@digest-sync/core";
import type { DatabaseManifest } from "@digest-sync/prisma";
import type {
  Colour,
  Entry,
  Everything,
  manifest as forClients,
  JsonValue,
  Rows,
} from "../../../prisma/generated/types/digest-sync/client.js";
import type { manifest as forServers } from "../../../prisma/generated/types/digest-sync/server.js";

// Never run: `tsc -b` checks it. What is wrong with a generated type is a compile error here.

declare const row: Everything;
const _required: [number, string, number, bigint, number, string, boolean, Date, JsonValue, Uint8Array, Colour] = [
  row.id,
  row.string,
  row.int,
  row.big,
  row.float,
  row.decimal,
  row.boolean,
  row.dateTime,
  row.json,
  row.bytes,
  row.colour,
];

type Exactly<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

const _optional: [
  Exactly<Everything["stringOptional"], string | null>,
  Exactly<Everything["intOptional"], number | null>,
  Exactly<Everything["bigOptional"], bigint | null>,
  Exactly<Everything["floatOptional"], number | null>,
  Exactly<Everything["decimalOptional"], string | null>,
  Exactly<Everything["booleanOptional"], boolean | null>,
  Exactly<Everything["dateTimeOptional"], Date | null>,
  Exactly<Everything["jsonOptional"], JsonValue | null>,
  Exactly<Everything["bytesOptional"], Uint8Array | null>,
  Exactly<Everything["colourOptional"], Colour | null>,
] = [true, true, true, true, true, true, true, true, true, true];

const _enumIsItsNames: Exactly<Colour, "red" | "green" | "darkBlue"> = true;
const _mayBeAbsentInNoType: Exactly<undefined extends Everything["stringOptional"] ? true : false, false> = true;

declare const entry: Entry;
// @ts-expect-error an omitted field has no type
entry.ownerId;
// @ts-expect-error a relation has no type
entry.parent;

type Names = "Big" | "Entry" | "Everything" | "Leaf" | "Membership" | "Node" | "Paint" | "Slot";
const _collections: Exactly<keyof Rows, Names> = true;

const _client: typeof forClients extends Manifest<Rows> ? true : never = true;
const _server: typeof forServers extends DatabaseManifest<Rows> ? true : never = true;
const _rowsAreInferred: typeof forServers extends Manifest<infer R> ? Exactly<R["Entry"], Entry> : never = true;
// @ts-expect-error the client's manifest has no tables
const _noTables: DatabaseManifest = null as unknown as typeof forClients;
