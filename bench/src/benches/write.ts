import type { Bench, Context, Entry } from "../bench.js";
import type { Kind as Database } from "../databases/kind.js";
import { figure, ratioFigure, samples } from "../figures.js";
import { interleave, median, type Timing, timed } from "../harness.js";
import { openExtended, openPlain, row, type Side, type Writer } from "./write-sides.js";

/** One kind of write. */
interface Kind {
  readonly name: string;
  /** Writes in one round. */
  readonly writes: number;
  readonly rounds: number;
  write(writer: Writer, number: number): Promise<unknown>;
}

export const write = (database: Database): Bench => ({
  title: `Writes with the settler running, against the plain client on a database of its own (${database.title}, both sides)`,
  kind: database,
  names: (size) => kinds(database, size.write).flatMap((kind) => Object.values(namesOf(kind))),
  async *run(context) {
    const { size, wanted, progress } = context;
    for (const kind of kinds(database, size.write)) {
      if (!wanted(...Object.values(namesOf(kind)))) continue;
      progress(`${kind.name}: ${kind.rounds} rounds of ${kind.writes}`);
      yield* measure(context, database, kind);
    }
  },
});

/** Of the median write, which is what a caller waits; and of all that a round took, settling included, by write. */
const namesOf = ({ name }: Kind) => ({
  ratio: `${name}.ratio`,
  totalRatio: `${name}.total.ratio`,
  each: `${name}.ms`,
  total: `${name}.total.ms`,
});

function kinds({ prefix }: Database, { contacts, single, rounds, many }: Context["size"]["write"]): Kind[] {
  return [
    {
      ...{ name: `${prefix}write.create`, writes: single, rounds },
      write: ({ contact }, number) => contact.create({ data: row(`new-${number}`) }),
    },
    {
      ...{ name: `${prefix}write.update`, writes: single, rounds },
      write: ({ contact }, number) =>
        contact.update({ where: { id: `old-${(number * 7919) % contacts}` }, data: { phone: `+49 30 ${number}` } }),
    },
    ...many.map(({ rows, calls, rounds }, index) => ({
      // The smaller one bears the plain name: several fit into a round, so that the settler works while they run.
      name: index === 0 ? `${prefix}write.createMany` : `${prefix}write.createMany.${rows}`,
      ...{ writes: calls, rounds },
      write: ({ contact }: Writer, number: number) =>
        contact.createMany({ data: Array.from({ length: rows }, (_, i) => row(`many-${number}-${i}`)) }),
    })),
  ];
}

async function* measure({ databases, size }: Context, database: Database, kind: Kind): AsyncGenerator<Entry> {
  const plain = await openPlain(databases, size.write.contacts);
  const extended = await openExtended(database, databases, size.write.contacts);
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    const totals = await interleave(
      { ours: round(kind, extended, ours), theirs: round(kind, plain, theirs) },
      kind.rounds,
    );
    const perWrite = (timings: readonly Timing[]) => samples(timings, (ms) => ms / kind.writes);
    const all = { ours: perWrite(totals.ours), theirs: perWrite(totals.theirs) };
    const names = namesOf(kind);
    yield ratioFigure(names.ratio, ours, theirs);
    yield ratioFigure(names.totalRatio, all.ours.wall, all.theirs.wall);
    yield figure(names.each, "ms", { wall: ours }, { baseline: { wall: theirs } });
    yield figure(names.total, "ms", all.ours, { baseline: all.theirs });
  } finally {
    await plain.close();
    await extended.close();
  }
}

/** One round: the median of its writes goes to `medians`; returned is the whole of it, with all that was settled. */
function round(kind: Kind, side: Side, medians: number[]): (counts: boolean) => Promise<Timing> {
  let number = 0;
  return (counts) => {
    const times: number[] = [];
    return timed(async () => {
      side.start();
      for (let i = 0; i < kind.writes; i++) {
        const start = performance.now();
        await kind.write(side.writer, number++);
        times.push(performance.now() - start);
      }
      await side.stop();
      if (counts) medians.push(median(times));
    });
  };
}
