import type { ReferentialAction } from "@digest-sync/engine";
import { joinName, type Reference, type Shape } from "./shape.js";

/** Numbers that depend on a seed alone. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32, below `most`. */
  below(most: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * most);
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const deletes: ReferentialAction[] = ["Cascade", "Cascade", "SetNull", "SetNull", "Restrict"];
const updates: ReferentialAction[] = ["Cascade", "Cascade", "Cascade", "SetNull", "NoAction"];

/** Models that refer to each other and to themselves in any way that MySQL accepts. */
export function randomShapes(random: Random): Shape[] {
  const names = ["A", "B", "C", "D", "E"].slice(0, 2 + random.below(4));
  const references = new Map<string, Reference[]>();
  for (const name of names) {
    const count = random.below(4);
    references.set(
      name,
      Array.from({ length: count }, (_, i): Reference => {
        const to = random.pick(names);
        // A table that only refers to rows that are there could never be filled if it had to refer to itself.
        const optional = names.indexOf(to) >= names.indexOf(name) || random.chance(60);
        const fit = (action: ReferentialAction) => (action === "SetNull" && !optional ? "Cascade" : action);
        return {
          name: `r${i}`,
          to,
          optional,
          onDelete: fit(random.pick(deletes)),
          onUpdate: fit(random.pick(updates)),
        };
      }),
    );
  }
  return names.map((name): Shape => {
    const own = references.get(name)!;
    const others = names.filter((other) => other !== name);
    const lists = random.chance(40) && others.length > 0 ? [random.pick(others)] : [];
    return {
      name,
      references: own,
      ...(lists.some((other) => name > other) ? {} : { lists }),
      ...(random.chance(75) ? { scope: scopeOf(random, references, name) } : {}),
    };
  });
}

function scopeOf(random: Random, references: ReadonlyMap<string, readonly Reference[]>, name: string): string[] {
  const parts = new Set<string>();
  for (let i = random.below(3); i >= 0; i--) {
    const path: string[] = [];
    let at = name;
    for (let hops = random.below(4); hops > 0; hops--) {
      const own = references.get(at)!;
      if (own.length === 0) break;
      const reference = random.pick(own);
      path.push(reference.name);
      at = reference.to;
    }
    const own = references.get(at)!;
    const last = own.length > 0 && random.chance(30) ? random.pick(own).name : "owner";
    parts.add([...path, last].join("."));
  }
  return [...parts];
}

/** A write of any kind; many fail, and what a failed write leaves behind must be right as well. */
export function randomWrite(random: Random, shapes: readonly Shape[]): [sql: string, ...values: (string | null)[]] {
  const shape = random.pick(shapes);
  const id = (of: string) => `${of.toLowerCase()}${random.below(7)}`;
  const owner = () => (random.chance(20) ? null : random.pick(["x", "X", "y ", "y"]));
  const value = ({ to, optional }: Reference) => (optional && random.chance(30) ? null : id(to));
  const references = shape.references ?? [];
  const { name } = shape;
  const [list] = shape.lists ?? [];
  if (list !== undefined && random.chance(40)) {
    const join = `\`${joinName(name, list)}\``;
    switch (random.below(4)) {
      case 0:
        return [`DELETE FROM ${join} WHERE A = ?`, id(name)];
      case 1:
        return [`UPDATE ${join} SET B = ? WHERE A = ?`, id(list), id(name)];
      default:
        return [`INSERT INTO ${join} VALUES (?, ?)`, id(name), id(list)];
    }
  }
  const columns = ["id", "label", "owner", ...references.map((one) => one.name)];
  const row = [id(name), "l", owner(), ...references.map(value)];
  const into = `INTO ${name} VALUES (${columns.map(() => "?").join(", ")})`;
  const reference = references.length > 0 ? random.pick(references) : undefined;
  switch (random.below(14)) {
    case 0:
      return [`REPLACE ${into}`, ...row];
    case 1:
      return [`INSERT ${into} ON DUPLICATE KEY UPDATE owner = VALUES(owner)`, ...row];
    case 2:
      return [`DELETE FROM ${name} WHERE id = ?`, id(name)];
    case 3:
      return [`DELETE FROM ${name} WHERE id IN (?, ?, ?)`, id(name), id(name), id(name)];
    case 4:
      return [
        `UPDATE ${name} SET id = ? WHERE id = ?`,
        random.chance(30) ? id(name).toUpperCase() : id(name),
        id(name),
      ];
    case 5:
      return [
        `UPDATE ${name} SET owner = ?, label = CONCAT(label, '.') WHERE id IN (?, ?)`,
        owner(),
        id(name),
        id(name),
      ];
    case 6:
    case 7:
      if (reference) return [`UPDATE ${name} SET \`${reference.name}\` = ? WHERE id = ?`, value(reference), id(name)];
      return [`UPDATE ${name} SET owner = ? WHERE owner = ?`, owner(), owner()];
    case 8:
      if (reference)
        return [
          `DELETE c FROM ${name} c JOIN ${reference.to} p ON p.id = c.\`${reference.name}\` WHERE p.id = ?`,
          id(reference.to),
        ];
      return [`DELETE FROM ${name} ORDER BY id LIMIT 1`];
    default:
      return [`INSERT ${into}`, ...row];
  }
}
