import type { Provider } from "@digest-sync/engine";
import { Random } from "../../../fuzz/src/random.js";
import { modelWrites, returningWrites } from "./models.js";
import { nestedWrites } from "./nested.js";
import { texts } from "./pools.js";
import { rawWrites } from "./raw.js";
import type { Numbers, Write } from "./writer.js";

/** Who writes: our extended client, a plain Prisma client beside it, or the database's driver without any Prisma. */
const writers = ["extended", "plain", "bare"] as const;
const surroundings = ["alone", "batch", "interactive", "rolled back", "savepoint", "timed out"] as const;

/** One random write, as plain data: it shrinks, and it prints as the script that failed. */
export interface Operation {
  readonly kind: string;
  readonly by: (typeof writers)[number];
  readonly around: (typeof surroundings)[number];
  readonly n: Numbers;
  readonly text: string;
}

/** The kinds of writes of one database, by name. */
export interface Catalogue {
  readonly writes: Readonly<Record<string, Write>>;
  readonly kinds: readonly string[];
  /** Which write nearly everything away. Drawn seldom, or there would be nothing to write to. */
  readonly rare: ReadonlySet<string>;
}

const rare = new Set([
  ...["account.delete", "raw.deleteAccount", "raw.deleteAll", "raw.replaceUnique", "raw.updateReplace"],
  ...["raw.truncate", "raw.truncateMost", "folder.delete"],
]);

/** @param without kinds to leave out, to look past what is known */
export function catalogueOf(provider: Provider, without: readonly string[] = []): Catalogue {
  const writes = { ...modelWrites, ...nestedWrites, ...(provider === "mysql" ? {} : returningWrites) };
  const kinds = [...Object.keys(writes), ...Object.keys(rawWrites[provider])].filter((kind) => !without.includes(kind));
  return { writes, kinds, rare };
}

/** What comes back to life what the others delete: every eighth operation. */
const growing = ["contact.deep", "contact.deep", "account.upsert", "message.createMany", "reaction.upsert"];

/** The operation of this number: the same whatever came before it. */
export function operationAt({ kinds, rare }: Catalogue, seed: number, index: number): Operation {
  const random = new Random(seed, index);
  let kind = random.chance(0.125) ? random.pick(growing) : random.pick(kinds);
  if (rare.has(kind) && random.chance(0.8)) kind = random.pick(kinds.filter((one) => !rare.has(one)));
  const raw = kind.startsWith("raw.");
  const by = raw ? random.pick(writers) : random.pick(["extended", "plain"] as const);
  return {
    kind,
    by,
    around: random.chance(0.5) ? "alone" : random.chance(0.02) ? "timed out" : random.pick(surroundings.slice(0, 5)),
    n: [random.below(48), random.below(48), random.below(48), random.below(48)],
    text: random.pick(texts),
  };
}
