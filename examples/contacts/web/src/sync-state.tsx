import type { SyncPhase, SyncStatus } from "@digest-sync/client";
import { number } from "./units.js";

const words: Readonly<Record<SyncPhase, string>> = {
  idle: "not started",
  connecting: "connecting",
  live: "in sync, live",
  polling: "in sync, polling",
  paused: "paused",
  offline: "offline",
  syncing: "syncing",
  error: "not in sync",
};

/** What the client is at, in words and a colour; what went wrong, with what to do. */
export function SyncState({ status }: { status: SyncStatus }) {
  const { phase, error, progress, lastInSync, leads } = status;
  const isProven = (phase === "live" || phase === "polling") && !error;
  const tone = error ? "bad" : isProven ? "good" : "busy";
  const rows = progress && progress.rows > 0 ? ` ${number(progress.rows)}${ofTotal(progress.total)} rows` : "";
  const since = lastInSync === undefined ? "Never in sync yet" : `Proven equal at ${time(lastInSync)}`;
  return (
    <output className="status" data-tone={tone} data-testid="status" title={since} aria-live="polite">
      {leads ? `${words[phase]}${rows}` : "in sync through another tab"}
      {error && <span className="small">: {error.message}</span>}
    </output>
  );
}

const ofTotal = (total: number | undefined) => (total === undefined ? "" : ` of ${number(total)}`);
const time = (ms: number) => new Date(ms).toLocaleTimeString();
