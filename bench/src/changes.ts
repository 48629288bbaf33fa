import type { City } from "../../prisma/generated/digest-sync/client.js";
import type { PrismaClient } from "../../prisma/generated/prisma/client.js";
import type { Random } from "./random.js";

/** How many rows a change touches, by what it does to them. */
export interface Change {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** A third each. What does not divide by three goes round from run to run, so that over all runs it is a third each. */
export function thirds(changed: number, run: number): Change {
  const part = (kind: number) => Math.floor(changed / 3) + ((kind + run) % 3 < changed % 3 ? 1 : 0);
  return { inserted: part(0), updated: part(1), deleted: part(2) };
}

/** Changes the cities of a database, at random places, and knows which there are. */
export class CityChanges {
  private readonly ids: number[];
  private nextId: number;

  constructor(
    private readonly prisma: PrismaClient,
    private readonly rows: readonly City[],
    private readonly random: Random,
  ) {
    this.ids = rows.map(({ cityId }) => cityId);
    this.nextId = this.ids.reduce((most, id) => Math.max(most, id), 0) + 1;
  }

  async make({ inserted, updated, deleted }: Change): Promise<void> {
    const gone = this.take(deleted);
    const other = this.take(updated);
    const added = Array.from({ length: inserted }, () => this.newCity());
    if (deleted > 0) await this.prisma.city.deleteMany({ where: { cityId: { in: gone } } });
    if (updated > 0) {
      const data = { population: { increment: 1 } };
      await this.prisma.city.updateMany({ where: { cityId: { in: other } }, data });
    }
    if (inserted > 0) await this.prisma.city.createMany({ data: added });
    this.ids.push(...other, ...added.map(({ cityId }) => cityId));
  }

  /** Takes ids out, so that no row is changed twice at once. */
  private take(count: number): number[] {
    return Array.from({ length: count }, () => {
      const at = this.random.below(this.ids.length);
      const id = this.ids[at]!;
      this.ids[at] = this.ids.at(-1)!;
      this.ids.pop();
      return id;
    });
  }

  /** A real row under a new key. */
  private newCity(): City {
    return { ...this.rows[this.random.below(this.rows.length)]!, cityId: this.nextId++ };
  }
}
