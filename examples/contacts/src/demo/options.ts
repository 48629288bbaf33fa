import { parseArgs } from "node:util";

export interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly fresh: boolean;
  readonly help: boolean;
  readonly port: number;
}

export const usage = `Usage: npm run demo -- [options]

  --once         exit after the story: 0 when every step was equal, else 1
  --json         print one JSON object at the end, and the table on stderr
  --port <port>  where the server listens; default: a free port
  --fresh        seed the database anew, even if an earlier run kept one
  --help         print this

`;

/** @throws Error with a message for people, for anything that is not in `usage`. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: flag,
      json: flag,
      fresh: flag,
      help: { ...flag, short: "h" },
      port: { type: "string", default: "0" },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new Error(`--port needs a number up to 65535, not "${values.port}".`);
  return { ...values, port };
}
