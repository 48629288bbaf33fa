import { useSyncExternalStore } from "react";
import type { Exchange, Traffic } from "./traffic.js";
import { bytes, counted, number } from "./units.js";

/** Cells beyond these are told in words. */
const drawnCells = 128;

/** What every request carried: why a sync costs what differs and not what is held. */
export function TrafficPanel({ traffic, held }: { traffic: Traffic; held: number }) {
  const exchanges = useSyncExternalStore(traffic.subscribe, traffic.snapshot);
  const first = exchanges.filter(({ kind }) => kind === "pull").reduce((sum, { down }) => sum + down, 0);
  const [latest] = exchanges;
  return (
    <>
      <dl className="summary">
        <div>
          <dt>Rows held</dt>
          <dd data-testid="held">{number(held)}</dd>
        </div>
        <div>
          <dt>Last request</dt>
          <dd>{latest ? bytes(latest.up + latest.down) : "none yet"}</dd>
        </div>
        <div>
          <dt>First download</dt>
          <dd>{first > 0 ? bytes(first) : "kept from before"}</dd>
        </div>
      </dl>
      <ol className="scroll rows" style={{ listStyle: "none", margin: 0, padding: 0 }} data-testid="traffic">
        {exchanges.map((exchange) => (
          <li key={exchange.number} className="exchange fresh">
            <ExchangeView exchange={exchange} />
          </li>
        ))}
      </ol>
    </>
  );
}

function ExchangeView({ exchange }: { exchange: Exchange }) {
  const { at, kind, up, down, ms, cells, answer, rows, stale, before, after, status } = exchange;
  const differences = (rows ?? 0) + (stale ?? 0);
  return (
    <>
      <header>
        <strong>
          {kind} {answer && <>→ {answer}</>}
        </strong>
        <span className="mono small">
          ↑ {bytes(up)} ↓ {bytes(down)}
        </span>
        <span className="soft small">
          {at.toLocaleTimeString()} · {Math.round(ms)} ms
        </span>
      </header>
      {status === undefined && <p className="small">No answer came.</p>}
      {status !== undefined && status >= 400 && <p className="small">The server answered with {status}.</p>}
      {cells !== undefined && <Cells cells={cells} differences={answer === "changes" ? differences : 0} />}
      {answer === "changes" && (
        <p className="small">
          Decoded: {counted(rows ?? 0, "row")} to put, {counted(stale ?? 0, "digest")} to drop.
        </p>
      )}
      {answer === "page" && <p className="small">{counted(rows ?? 0, "row")} of the first download.</p>}
      {before && (
        <p className="small">
          <Root hex={before} title="Root of what this browser held" />{" "}
          {after === before ? "equals the server's: proven in sync" : after ? "→ " : "differs from the server's"}
          {after && after !== before && (
            <Root hex={after} title="The server's root, equal to ours after these changes" />
          )}
        </p>
      )}
    </>
  );
}

function Cells({ cells, differences }: { cells: number; differences: number }) {
  if (cells === 0) return <p className="small soft">Root alone: 32 bytes for everything that is held.</p>;
  const label = `A sketch of ${counted(cells, "cell")}, whatever the number of rows`;
  return (
    <>
      <div className="cells" role="img" aria-label={label}>
        {Array.from({ length: Math.min(cells, drawnCells) }, (_, index) => (
          <i key={index} className={index < differences ? "hit" : undefined} />
        ))}
      </div>
      <p className="small soft">{label}.</p>
    </>
  );
}

/** A root has a colour of its own, so that equal ones look equal. */
function Root({ hex, title }: { hex: string; title: string }) {
  const hue = Number.parseInt(hex.slice(0, 4), 16) % 360;
  return (
    <span className="root mono" style={{ background: `hsl(${hue} 55% 35%)` }} title={`${title}: ${hex}`}>
      {hex.slice(0, 8)}
    </span>
  );
}
