import type { DatabaseKind } from "../databases/database.js";
import { type Catalogue, catalogueOf, type Operation, operationAt } from "../operations/operation.js";
import type { Script } from "./script.js";
import { shrink, simplify } from "./shrink.js";
import { World } from "./world.js";

export interface SoakOptions {
  readonly database: string;
  readonly kind: DatabaseKind;
  readonly url: string;
  readonly seed: number;
  readonly operations: number;
  /** Operations between two looks. */
  readonly every: number;
  /** Milliseconds for making a failing script shorter. */
  readonly patience: number;
  /** Kinds of operations to leave out. */
  readonly without?: readonly string[];
  print(line: string): void;
  /** For tests: done to the database whenever it has been made or emptied. */
  prepare?(world: World): Promise<void>;
}

export interface SoakResult {
  readonly operations: number;
  /** Of these the database took; the others break its rules. */
  readonly written: number;
  readonly looks: number;
  /** Rows in the last look. */
  readonly rows: number;
  readonly seconds: number;
  readonly missed: number;
  readonly phantom: number;
  readonly failure?: Script;
}

/** Random writes, and looks between them: until the first that finds something. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { kind, seed, every, print } = options;
  const catalogue = catalogueOf(kind.provider, options.without);
  const world = await World.open(kind, options.url);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  let [written, looks, rows] = [0, 0, 0];
  try {
    await options.prepare?.(world);
    for (let at = 0; at < options.operations; ) {
      const end = Math.min(at + every, options.operations);
      const outcome = await holds(world, range(at, end), catalogue);
      written += outcome.taken.length;
      looks += 1;
      rows = outcome.rows;
      at = end;
      const counts = (word: string) => outcome.faults.filter((fault) => fault.startsWith(word)).length;
      const result = {
        operations: at,
        written,
        looks,
        rows,
        seconds: seconds(),
        missed: counts("missed") + counts("different"),
      };
      if (outcome.faults.length > 0) {
        print(`After ${at} operations:\n${shown(outcome.faults)}`);
        return { ...result, phantom: counts("phantom"), failure: await shorter(end, outcome.faults) };
      }
      print(`${at} operations, ${Math.round(at / seconds())}/s, ${written} written, ${looks} looks, ${rows} rows`);
    }
    return { operations: options.operations, written, looks, rows, seconds: seconds(), missed: 0, phantom: 0 };
  } finally {
    await world.close();
  }

  function range(from: number, to: number): Operation[] {
    return Array.from({ length: to - from }, (_, index) => operationAt(catalogue, seed, from + index));
  }

  /** The shortest script that was found to fail from an empty database. */
  async function shorter(end: number, faults: readonly string[]): Promise<Script> {
    const until = performance.now() + options.patience;
    let last = faults;
    let taken: ReadonlySet<Operation> = new Set();
    const fails = async (script: readonly Operation[]) => {
      await world.reset();
      await options.prepare?.(world);
      const outcome = await holds(world, script, catalogue);
      // Another fault is another story.
      if (!outcome.faults.some((fault) => kindOf(fault) === kindOf(faults[0]!))) return false;
      last = outcome.faults;
      taken = new Set(outcome.taken);
      return true;
    };
    const script = (operations: readonly Operation[]) => ({
      database: options.database,
      seed,
      faults: last,
      operations,
    });
    for (let length = every; ; length *= 4) {
      const window = range(Math.max(0, end - length), end);
      print(`Looking for a script that fails among the last ${window.length} operations ...`);
      if (await fails(window)) {
        // What was refused has nearly always nothing to do with it.
        const writes = window.filter((operation) => taken.has(operation));
        const start = (await fails(writes)) ? writes : window;
        const short = await shrink(start, fails, until);
        const simple = await simplify(short, simplerOperations, fails, until);
        await fails(simple);
        return script(simple);
      }
      if (window.length === end || performance.now() > until) {
        print("It did not fail again: it depends on the moment. The script is the whole of the last operations.");
        return script(window);
      }
    }
  }
}

/** What distinguishes a fault from those of another cause: the word it begins with, or the code of its error. */
const kindOf = (fault: string) => / ended with (\S+)/.exec(fault)?.[0] ?? fault.split(":")[0];

function simplerOperations(operation: Operation): Operation[] {
  return [
    { ...operation, around: "alone", by: "plain" },
    { ...operation, around: "alone" },
    { ...operation, by: "plain" },
  ].filter(({ around, by }) => around !== operation.around || by !== operation.by) as Operation[];
}

interface Outcome {
  /** The operations that were written. */
  readonly taken: readonly Operation[];
  readonly rows: number;
  readonly faults: readonly string[];
}

/** Performs a script, and looks. An operation that ends with an error of another kind is a fault, too. */
export async function holds(world: World, script: readonly Operation[], catalogue: Catalogue): Promise<Outcome> {
  const taken: Operation[] = [];
  for (const operation of script) {
    try {
      if (await world.perform(catalogue, operation)) taken.push(operation);
    } catch (error) {
      return { taken, rows: 0, faults: [`${JSON.stringify(operation)} ended with ${describe(error)}`] };
    }
  }
  try {
    return { taken, ...(await world.look()) };
  } catch (error) {
    return { taken, rows: 0, faults: [`looking ended with ${describe(error)}`] };
  }
}

function describe(error: unknown): string {
  const { code, stack } = error as { code?: unknown; stack?: string };
  return `${code ?? ""} ${stack ?? error}`.trim();
}

export function shown(faults: readonly string[]): string {
  const most = 20;
  const lines = faults.slice(0, most).map((fault) => `  ${fault}`);
  return [...lines, ...(faults.length > most ? [`  and ${faults.length - most} more`] : [])].join("\n");
}
