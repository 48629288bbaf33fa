/** Deadlocks by who took part in them. */
export interface Causes {
  /** A settler's statement waited or was waited for. */
  readonly settler: number;
  /** No settler, but a trigger of ours was at work in one of the transactions. */
  readonly trigger: number;
  /** The app alone. */
  readonly app: number;
  /** What the server said of the first that the app did not come to alone. */
  readonly examples: readonly string[];
}

type Cause = "settler" | "trigger" | "app";

/** What a server's log says of deadlocks. */
export function causesIn(provider: "postgresql" | "mysql", log: string): Causes {
  const deadlocks = provider === "postgresql" ? deadlocksOfPostgresql(log) : deadlocksOfMysql(log);
  const count = (cause: Cause) => deadlocks.filter((one) => one.cause === cause).length;
  const examples = deadlocks.filter(({ cause }) => cause !== "app").map(({ text }) => text.slice(0, 6_000));
  return { settler: count("settler"), trigger: count("trigger"), app: count("app"), examples: examples.slice(0, 3) };
}

interface Deadlock {
  readonly cause: Cause;
  readonly text: string;
}

/** One message of PostgreSQL's log: lines of one process that belong together. */
interface Message {
  readonly process: string;
  readonly text: string;
}

function messagesOf(log: string): Message[] {
  const messages: { process: string; text: string }[] = [];
  for (const line of log.split("\n")) {
    const [, process, level] = /^\S+ \S+ \S+ \[(\d+)\] (\w+):/.exec(line) ?? [];
    const last = messages.at(-1);
    if (process === undefined) {
      if (last) last.text += `\n${line}`;
    } else if (last?.process === process && /^(DETAIL|HINT|CONTEXT|STATEMENT)$/.test(level ?? "")) {
      last.text += `\n${line}`;
    } else messages.push({ process, text: line });
  }
  return messages;
}

/**
 * Only the victim says where in its functions it was. The others have said so before, when they had waited for a while
 * (log_lock_waits): the last such message of each process belongs to the deadlock.
 */
function deadlocksOfPostgresql(log: string): Deadlock[] {
  const waits = new Map<string, string>();
  const deadlocks: Deadlock[] = [];
  for (const { process, text } of messagesOf(log)) {
    if (text.includes("still waiting for")) waits.set(process, text);
    if (!text.includes("deadlock detected")) continue;
    const involved = [...text.matchAll(/Process (\d+) waits for/g)].map(([, id]) => waits.get(id as string) ?? "");
    const all = [text, ...involved].join("\n");
    const statements = [...all.matchAll(/(?:Process \d+: |STATEMENT: {2})(.*)/g)].map(
      ([, statement]) => statement ?? "",
    );
    const cause = statements.some((statement) => statement.includes("_digest_"))
      ? "settler"
      : /CONTEXT:[\s\S]*_digest_/.test(all)
        ? "trigger"
        : "app";
    deadlocks.push({ cause, text: all });
  }
  return deadlocks;
}

/** InnoDB prints both transactions, the statement each is at (also within a trigger), and the locks. */
function deadlocksOfMysql(log: string): Deadlock[] {
  return log
    .split(/^.*Transactions deadlock detected.*$/m)
    .slice(1)
    .map((text) => {
      const trigger = /INSERT INTO `_digest_pending`/;
      const settler = /_digest_(scope|row|error|meta)`|FROM `_digest_pending`/;
      return { cause: settler.test(text) ? "settler" : trigger.test(text) ? "trigger" : "app", text };
    });
}
