import { digestSync } from "@digest-sync/prisma";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import type { PrismaClient } from "../../../prisma/generated/prisma/client.js";
import type { Bench, Context, Entry } from "../bench.js";
import { figure, ratioFigure, samples } from "../figures.js";
import { interleave, median, type Timing, timed } from "../harness.js";

/** What both sides write with: the extended client is one as far as writing goes. */
type Writer = Pick<PrismaClient, "contact">;

interface Side {
  readonly writer: Writer;
  /** Before a round: the background settler runs as it does in a server. */
  start(): void;
  /** After a round: settles what is left. The round pays for it, or the other side would. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

interface Kind {
  readonly name: string;
  /** Writes in one round. */
  readonly writes: number;
  readonly rounds: number;
  write(writer: Writer, number: number): Promise<unknown>;
}

export const write: Bench = {
  title: "Writes with the settler running, against the plain client on a database of its own (SQLite, WAL, both sides)",
  names: (size) => kinds(size.write).flatMap((kind) => Object.values(namesOf(kind))),
  async *run(context) {
    const { size, wanted, progress } = context;
    for (const kind of kinds(size.write)) {
      if (!wanted(...Object.values(namesOf(kind)))) continue;
      progress(`${kind.name}: ${kind.rounds} rounds of ${kind.writes}`);
      yield* measure(context, kind);
    }
  },
};

/** Of the median write, which is what a caller waits; and of all that a round took, settling included, by write. */
const namesOf = ({ name }: Kind) => ({
  ratio: `${name}.ratio`,
  totalRatio: `${name}.total.ratio`,
  each: `${name}.ms`,
  total: `${name}.total.ms`,
});

function kinds({ contacts, single, rounds, many }: Context["size"]["write"]): Kind[] {
  return [
    {
      ...{ name: "write.create", writes: single, rounds },
      write: ({ contact }, number) => contact.create({ data: row(`new-${number}`) }),
    },
    {
      ...{ name: "write.update", writes: single, rounds },
      write: ({ contact }, number) =>
        contact.update({ where: { id: `old-${(number * 7919) % contacts}` }, data: { phone: `+49 30 ${number}` } }),
    },
    ...many.map(({ rows, calls, rounds }, index) => ({
      // The smaller one bears the plain name: several fit into a round, so that the settler works while they run.
      name: index === 0 ? "write.createMany" : `write.createMany.${rows}`,
      ...{ writes: calls, rounds },
      write: ({ contact }: Writer, number: number) =>
        contact.createMany({ data: Array.from({ length: rows }, (_, i) => row(`many-${number}-${i}`)) }),
    })),
  ];
}

const row = (id: string) => ({
  ...{ id, accountId: "a1", name: `Name of ${id}`, email: `${id}@example.com`, phone: "+49 30 901820" },
  createdAt: new Date(0),
});

async function* measure(context: Context, kind: Kind): AsyncGenerator<Entry> {
  const plain = await openPlain(context);
  const extended = await openExtended(context);
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

async function openPlain({ databases, size }: Context): Promise<Side> {
  const { plain, close } = await databases.empty();
  await seed(plain, size.write.contacts);
  return { writer: plain, start: () => {}, stop: async () => {}, close };
}

async function openExtended({ databases, size }: Context): Promise<Side> {
  const { plain, close } = await databases.empty();
  const extended = plain.$extends(digestSync(manifest));
  await extended.$digests.install();
  await seed(plain, size.write.contacts);
  await extended.$digests.settle();
  return {
    writer: extended as unknown as Writer,
    start: () => extended.$digests.start(),
    stop: () => extended.$digests.stop(),
    close,
  };
}

async function seed(plain: PrismaClient, contacts: number): Promise<void> {
  await plain.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
  await plain.contact.createMany({ data: Array.from({ length: contacts }, (_, i) => row(`old-${i}`)) });
}
