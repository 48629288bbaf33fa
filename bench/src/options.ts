import { parseArgs } from "node:util";

export interface Options {
  readonly json: boolean;
  /** Which figures; undefined: all. */
  readonly only?: RegExp;
  /** Syncs measured for each number of changed rows. */
  readonly runs?: number;
  readonly quick: boolean;
  /** End with 1 when a target is missed. */
  readonly check: boolean;
  /** Among them the targets that depend on the machine. */
  readonly times: boolean;
  readonly help: boolean;
}

export const usage = `Usage: npm run bench -- [options]

  --json           print [{name, value, unit, baseline?, ratio?}] and nothing else on stdout
  --only PATTERN   only what has a figure whose name matches this regular expression
  --runs N         syncs measured for each wire.* figure (default 300)
  --quick          tiny sizes: shows that everything runs; the figures mean nothing
  --check          end with 1 when a figure misses its target: byte counts and requests,
                   which are the same on every machine
  --times          with --check: the targets of times and ratios as well
  --help           this text
`;

/** @throws TypeError that says which argument is wrong */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string" },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      times: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { only, runs, ...flags } = values;
  if (flags.times && !flags.check) throw new TypeError("--times says what --check checks: it needs --check.");
  return {
    ...flags,
    ...(only === undefined ? {} : { only: pattern(only) }),
    ...(runs === undefined ? {} : { runs: positive("--runs", runs) }),
  };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new TypeError(`--only: ${(error as Error).message}`);
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`${option} takes a whole number above zero, not "${text}".`);
}
