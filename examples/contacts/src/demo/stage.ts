import type { PrismaService } from "../app/prisma.service.js";
import type { DatabaseRows } from "./database-rows.js";
import type { Cost, Device } from "./device.js";

/** What the story is played on. */
export interface Stage {
  /** The client that the app's own controllers write with. */
  readonly prisma: PrismaService;
  /** The device whose figures are shown. */
  readonly ada: Device;
  /** A device of another account. */
  readonly bruno: Device;
  readonly database: DatabaseRows;
  /** For what is sent to the server by hand; the devices have theirs. */
  readonly fetch: typeof globalThis.fetch;
}

/** What a scene did. */
export interface Played {
  /** In words, beside the name. */
  readonly what: string;
  readonly cost: Cost;
  /** Devices whose copies must be equal to the database now. Default: the first. */
  readonly devices?: readonly Device[];
  /** The scene is about a refusal, and it was one. */
  readonly refused?: true;
}

/** One step of the story. Throws when it did not come out as told. */
export interface Scene {
  readonly name: string;
  play(stage: Stage): Promise<Played>;
}

/** What there must be for a scene to mean anything. */
export function present<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`The seed has no ${what}.`);
  return value;
}
