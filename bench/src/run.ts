import type { Bench, Entry } from "./bench.js";
import { encodeDigest } from "./benches/encode-digest.js";
import { firstSyncIndexedDb } from "./benches/first-sync-indexeddb.js";
import { firstSyncSqlite } from "./benches/first-sync-sqlite.js";
import { peel } from "./benches/peel.js";
import { root } from "./benches/root.js";
import { settle } from "./benches/settle.js";
import { sketch } from "./benches/sketch.js";
import { sustained } from "./benches/sustained.js";
import { verifyUnchanged } from "./benches/verify-unchanged.js";
import { wire } from "./benches/wire.js";
import { write } from "./benches/write.js";
import type { Databases, Kind } from "./databases/kind.js";
import { mysql } from "./databases/mysql.js";
import { postgresql } from "./databases/postgresql.js";
import { sqlite } from "./databases/sqlite.js";
import { machine } from "./machine.js";
import { type Options, parseOptions, usage } from "./options.js";
import { fullSize, quickSize, type Size } from "./size.js";
import { header, row } from "./table.js";
import { isMet, targetOf } from "./targets.js";

const benches: readonly Bench[] = [
  ...[
    encodeDigest,
    root,
    sketch,
    peel,
    settle(sqlite),
    write(sqlite),
    verifyUnchanged,
    wire,
    firstSyncSqlite,
    firstSyncIndexedDb,
  ],
  ...[postgresql, mysql].flatMap((kind) => [settle(kind), write(kind), sustained(kind)]),
];

export interface Output {
  write(text: string): unknown;
}

/** Runs what the arguments ask for. Returns the exit code: 1 a target was missed, 2 wrong arguments. */
export async function run(args: readonly string[], stdout: Output, stderr: Output): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    stdout.write(usage);
    return 0;
  }
  const size = sizeOf(options);
  const wanted = (...names: readonly string[]) => names.some((name) => options.only?.test(name) ?? true);
  const chosen = benches.filter((bench) => wanted(...bench.names(size)));
  if (chosen.length === 0) {
    stderr.write(`Nothing is called like that. There are:\n${benches.flatMap((one) => one.names(size)).join("\n")}\n`);
    return 2;
  }

  // With --json the array alone is on stdout.
  const table = options.json ? stderr : stdout;
  table.write(`${machine()}\n`);
  const open = new Map<Kind, Databases>();
  const entries: Entry[] = [];
  try {
    for (const bench of chosen) {
      const { kind, title } = bench;
      table.write(`\n${title}\n${header}\n`);
      if (!(await kind.isThere())) {
        table.write(`NOT MEASURED: there is no ${kind.title} here.\n`);
        continue;
      }
      const databases = open.get(kind) ?? kind.open();
      open.set(kind, databases);
      const progress = (what: string) => stderr.write(`... ${what}\n`);
      for await (const entry of bench.run({ size, databases, wanted, progress })) {
        entries.push(entry);
        table.write(`${row(entry, !options.quick)}\n`);
      }
    }
  } finally {
    for (const databases of open.values()) await databases.remove();
  }
  if (options.json) stdout.write(`${JSON.stringify(entries.map(published), null, 2)}\n`);
  return options.check ? check(entries, options.times, stderr) : 0;
}

function sizeOf({ quick, runs }: Options): Size {
  const size = quick ? quickSize : fullSize;
  return runs === undefined ? size : { ...size, wire: { ...size.wire, runs } };
}

function published({ name, value, unit, baseline, ratio }: Entry): Entry {
  return {
    name,
    value,
    unit,
    ...(baseline === undefined ? {} : { baseline }),
    ...(ratio === undefined ? {} : { ratio }),
  };
}

function check(entries: readonly Entry[], times: boolean, stderr: Output): number {
  const checked = entries.flatMap((entry) => {
    const target = targetOf(entry);
    return target && (times || !target.clock) ? [{ entry, target }] : [];
  });
  const missed = checked.filter(({ entry, target }) => !isMet(target, entry));
  for (const { entry } of missed) stderr.write(`missed: ${row(entry)}\n`);
  stderr.write(`${checked.length - missed.length} of ${checked.length} targets are met.\n`);
  // A check of nothing must not look like one that was passed.
  return missed.length > 0 || checked.length === 0 ? 1 : 0;
}
