import { parseArgs } from "node:util";
import { type ExtendedClient, loadClient, UsageError } from "./cli/client.js";
import { Progress } from "./cli/progress.js";
import { type Outcome, outcomeOfAudit, outcomeOfCheck, outcomeOfInstall, outcomeOfUninstall } from "./cli/report.js";
import { digestModels, providers } from "./generator/digest-models.js";

const usage = `Usage: digest-sync <command> [options]

Commands
  models      print the models of Digest Sync's tables, to append to your schema
  install     make tables and triggers, and digest the rows that are there; safe to repeat
  check       say whether everything is installed and up to date; changes nothing
  audit       recompute every digest from the tables and compare
  uninstall   remove the triggers and tables of Digest Sync; your own tables stay as they are

Options
  --provider <name>   models: ${providers.join(", ")} (default: ${providers[0]})
  --client <module>   all but models: the module that exports your extended Prisma client, as "prisma" or as default
  --repair            audit: mend what is found
  --json              print the result as JSON
  --help, --version

Exit codes: 0 all is well, 1 problems were found or the command failed, 2 wrong usage.
`;

const commands = ["models", "install", "check", "audit", "uninstall"] as const;
type Command = (typeof commands)[number];
type ClientCommand = Exclude<Command, "models">;

/**
 * Runs one command of the `digest-sync` program, printing to stdout and errors to stderr.
 *
 * @param args the arguments behind the program's name
 * @returns the exit code: 0 all is well, 1 problems were found or the command failed, 2 wrong usage
 */
export async function run(args: readonly string[], version: string): Promise<number> {
  const json = args.includes("--json");
  try {
    const { command, options } = parse(args);
    if (options.help || command === undefined) {
      (options.help ? process.stdout : process.stderr).write(usage);
      return options.help ? 0 : 2;
    }
    if (command === "version") {
      process.stdout.write(`${version}\n`);
      return 0;
    }
    if (command === "models") {
      process.stdout.write(modelsOf(options.provider));
      return 0;
    }
    const { report, text, ok } = await withClient(command, options);
    process.stdout.write(json ? `${JSON.stringify({ ok, ...report })}\n` : text);
    return ok ? 0 : 1;
  } catch (error) {
    const { message, code } = error as Error & { code?: unknown };
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
    else process.stderr.write(`digest-sync: ${message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function parse(args: readonly string[]) {
  try {
    const { values: options, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        client: { type: "string" },
        provider: { type: "string" },
        repair: { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    });
    if (positionals.length > 1) throw new UsageError(`Unexpected argument "${positionals[1]}". One command at a time.`);
    if (options.version) return { command: "version" as const, options };
    const command = commandOf(positionals[0]);
    if (options.repair && command !== "audit") throw new UsageError("--repair belongs to the command audit.");
    if (options.provider && command !== "models") throw new UsageError("--provider belongs to the command models.");
    return { command, options };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message);
  }
}

function commandOf(name: string | undefined): Command | undefined {
  const command = commands.find((candidate) => candidate === name);
  if (name === undefined || command !== undefined) return command;
  throw new UsageError(`There is no command "${name}". Commands: ${commands.join(", ")}.`);
}

function modelsOf(name = "sqlite"): string {
  const provider = providers.find((supported) => supported === name);
  if (provider === undefined) {
    throw new UsageError(`The provider "${name}" is not supported. Supported: ${providers.join(", ")}.`);
  }
  // A line of its own, whatever the schema it is appended to ends with.
  return `\n${digestModels(provider)}`;
}

interface ClientOptions {
  readonly client?: string | undefined;
  readonly repair?: boolean | undefined;
  readonly json?: boolean | undefined;
}

async function withClient(command: ClientCommand, options: ClientOptions): Promise<Outcome> {
  if (options.client === undefined) {
    throw new UsageError(`"${command}" needs --client <module>: the module that exports your extended Prisma client.`);
  }
  const client = await loadClient(options.client);
  const progress = new Progress(process.stderr, options.json !== true);
  try {
    return await perform(command, client, options, progress);
  } finally {
    progress.end();
    // No $disconnect: it would settle once more, and after `uninstall` there is nothing left to settle with. The
    // program ends the process, and with it the connections.
  }
}

async function perform(
  command: ClientCommand,
  { $digests }: ExtendedClient,
  options: ClientOptions,
  progress: Progress,
): Promise<Outcome> {
  if (command === "check") return outcomeOfCheck(await $digests.check());
  if (command === "uninstall") {
    await $digests.uninstall();
    return outcomeOfUninstall();
  }
  if (command === "audit") {
    const onProgress = ({ collection, rows }: { collection: string; rows: number }) =>
      progress.show(`${collection}: row ${rows.toLocaleString("en-US")}`);
    return outcomeOfAudit(await $digests.audit({ repair: options.repair === true, onProgress }));
  }
  // The background settler that `install` wakes takes part in the work, so both are counted.
  const digested = { settled: 0, errors: 0 };
  const end = $digests.onSettled(({ settled, errors }) => {
    digested.settled += settled;
    digested.errors += errors;
    progress.show(`${digested.settled.toLocaleString("en-US")} rows digested`);
  });
  const report = await $digests.install({
    // Whoever runs the command means this version of the app, also when it is an earlier one.
    takeOver: true,
    onProgress: ({ collection, rows }) => progress.show(`${collection}: ${rows.toLocaleString("en-US")} rows queued`),
  });
  await $digests.settle();
  await $digests.stop();
  end();
  return outcomeOfInstall(report, digested);
}
