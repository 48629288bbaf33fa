import type { Bench } from "../bench.js";
import type { Kind } from "../databases/kind.js";
import { figure, ratioFigure, samples } from "../figures.js";
import { interleave, timed } from "../harness.js";
import { openExtended, openPlain, row, type Side } from "./write-sides.js";

/** Writers at work at the same time, as many as the client has connections for. */
const lanes = 8;

/** Writes per second of a busy server: every round also pays for settling all that it wrote. */
export const sustained = (kind: Kind): Bench => {
  const ratio = `${kind.prefix}write.sustained.ratio`;
  const rate = `${kind.prefix}write.sustained.per_s`;
  return {
    title: `Creates and updates per second, ${lanes} at a time, settling included, against the plain client (${kind.title})`,
    kind,
    names: () => [ratio, rate],
    async *run({ databases, size, progress }) {
      const { contacts, sustained: writes, rounds } = size.write;
      progress(`${rate}: ${rounds} rounds of ${writes}`);
      const plain = await openPlain(databases, contacts);
      const extended = await openExtended(kind, databases, contacts);
      try {
        const times = await interleave(
          { ours: round(extended, writes, contacts), theirs: round(plain, writes, contacts) },
          rounds,
        );
        const perSecond = (ms: number) => (writes * 1000) / ms;
        const rates = { ours: samples(times.ours, perSecond), theirs: samples(times.theirs, perSecond) };
        yield ratioFigure(ratio, rates.ours.wall, rates.theirs.wall);
        yield figure(rate, "writes/s", rates.ours, { baseline: rates.theirs, best: Math.max });
      } finally {
        await plain.close();
        await extended.close();
      }
    },
  };
};

/** A third creates, two thirds updates. */
function round(side: Side, writes: number, contacts: number) {
  let number = 0;
  const { contact } = side.writer;
  const write = (n: number): Promise<unknown> =>
    n % 3 === 0
      ? contact.create({ data: row(`new-${n}`) })
      : contact.update({ where: { id: `old-${(n * 7919) % contacts}` }, data: { phone: `+49 30 ${n}` } });
  return () =>
    timed(async () => {
      side.start();
      const end = number + writes;
      const lane = async () => {
        while (number < end) await write(number++);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      await side.stop();
    });
}
