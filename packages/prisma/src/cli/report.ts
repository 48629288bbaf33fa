import type { AuditReport, CheckReport, InstallReport } from "@digest-sync/engine";

/** What a command found: for people, for programs, and whether all is well. */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
  readonly report: object;
}

/** Findings of one kind that are printed one by one; `--json` has all of them. */
const listed = 20;

export function outcomeOfInstall(
  report: InstallReport,
  { settled, errors }: { settled: number; errors: number },
): Outcome {
  const { created, dropped, backfilled } = report;
  const lines: string[] = [];
  if (created.length > 0) lines.push(`Created ${counted(created.length, "trigger")}.`);
  if (dropped.length > 0) lines.push(`Dropped ${counted(dropped.length, "outdated trigger")}.`);
  if (backfilled.length > 0) lines.push(`Read the rows of ${backfilled.join(", ")}.`);
  if (lines.length === 0) lines.push("Everything was in place.");
  lines.push(`${counted(settled, "row")} digested.`);
  if (errors > 0) {
    lines.push(`${counted(errors, "row")} could not be encoded and will not sync. "digest-sync audit" says why.`);
  }
  return { ok: errors === 0, text: text(lines), report: { created, dropped, backfilled, settled, errors } };
}

export function outcomeOfCheck(report: CheckReport): Outcome {
  const { ok, superseded, problems } = report;
  const fine = superseded
    ? "A later version of the app has installed its manifest. To go back to this one: digest-sync install"
    : "Everything is installed and up to date.";
  return { ok, text: text(ok ? [fine] : problems), report: { superseded, problems } };
}

export function outcomeOfUninstall(): Outcome {
  return { ok: true, text: "Removed the triggers and tables of Digest Sync.\n", report: {} };
}

export function outcomeOfAudit(report: AuditReport): Outcome {
  const { findings, sums, unencodable, repaired, rows } = report;
  const ok = (report.ok || repaired) && unencodable.length === 0;
  const lines = [`${counted(rows, "row")} read.`];
  if (report.ok) lines.push("Every digest, root and sketch is right.");
  lines.push(
    ...some(findings, ({ collection, scope, key, kind }) => `${kind}: ${collection} ${key}${inScope(scope)}`),
    ...some(sums, ({ collection, scope }) => `wrong root or sketch: ${collection}${inScope(scope)}`),
    ...some(unencodable, ({ collection, key, message }) => `cannot be encoded: ${collection} ${key}: ${message}`),
  );
  if (!report.ok) lines.push(repaired ? "All of it was mended." : "To mend digests, roots and sketches: --repair");
  return { ok, text: text(lines), report: { rows, findings, sums, unencodable, repaired } };
}

function inScope(scope: string): string {
  return scope === "" ? "" : ` in scope ${scope}`;
}

function some<Item>(items: readonly Item[], line: (item: Item) => string): string[] {
  const rest = items.length - listed;
  return [...items.slice(0, listed).map(line), ...(rest > 0 ? [`... and ${counted(rest, "more")}`] : [])];
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 || noun === "more" ? "" : "s"}`;
}

function text(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
