import type { Provider } from "@digest-sync/engine";
import type { Circumstance } from "./circumstances.js";
import type { Connection } from "./database.js";
import { type Client, type Operation, sqlOf } from "./operation.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import type { Shell } from "./shells.js";

/** Performs one write in one circumstance; `patience` is the time, in milliseconds, that a transaction gets before it times out. */
export type Attempt = (patience: number) => Promise<Outcome>;

/** Somebody who writes. Undefined instead of a write: this one cannot do that. */
export interface Writer {
  readonly name: string;
  /** Writers with the same word are told the same about a write. */
  readonly answers: "result" | "done";
  write(operation: Operation, circumstance: Circumstance): Attempt | undefined;
}

/** Any Prisma client, extended or not. */
export function prismaWriter(name: string, client: Client, provider: Provider): Writer {
  return {
    name,
    answers: "result",
    write(operation, { through }) {
      const { run, shellOnly, uncounted } = operation;
      const sql = sqlOf(operation, provider);
      if (through === undefined || shellOnly || (run === undefined && sql === undefined)) return undefined;
      const write = run ? (db: Client) => run(db, provider) : (db: Client) => db.$executeRawUnsafe(sql as string);
      return async (patience) => {
        const outcome = await outcomeOf(() => through(client, write, patience));
        return uncounted && outcome.error === undefined ? { result: "done" } : outcome;
      };
    },
  };
}

/** What all SQL writers have in common: they perform a list of calls on one connection. */
function sqlWriter(
  name: string,
  provider: Provider,
  perform: (calls: readonly string[], cutOff: boolean) => Promise<void>,
): Writer {
  return {
    name,
    answers: "done",
    write(operation, { script, cutOff }) {
      const sql = sqlOf(operation, provider);
      if (operation.run !== undefined || sql === undefined || script === undefined) return undefined;
      const calls = script(sql, "BEGIN");
      // Whether it was refused, not in which words: those are the driver's.
      return async () => ({
        result: await perform(calls, cutOff === true).then(
          () => "done",
          () => "refused",
        ),
      });
    },
  };
}

export function driverWriter(
  provider: Provider,
  connect: () => Promise<Connection>,
): Writer & { end(): Promise<void> } {
  let open: Promise<Connection> | undefined;
  const perform = async (calls: readonly string[], cutOff: boolean) => {
    open ??= connect();
    const connection = await open;
    try {
      for (const call of calls) await connection.execute(call);
    } catch (error) {
      // SQLite and MySQL leave the transaction open when a statement fails.
      await connection.execute("ROLLBACK").catch(() => {});
      throw error;
    } finally {
      if (cutOff) {
        open = undefined;
        await connection.end();
      }
    }
  };
  const writer = sqlWriter("driver", provider, perform);
  return {
    ...writer,
    write: (operation, circumstance) => (operation.shellOnly ? undefined : writer.write(operation, circumstance)),
    end: async () => (await open)?.end(),
  };
}

export function shellWriter(provider: Provider, run: Shell): Writer {
  return sqlWriter("shell", provider, (calls) =>
    run(calls.map((call) => (call.endsWith("\n") ? call : `${call};\n`)).join("")),
  );
}
