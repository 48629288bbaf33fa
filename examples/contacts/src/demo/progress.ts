import type { OnProgress } from "./database.js";
import { grouped, seconds } from "./units.js";

/** A stream of text: `process.stdout`, or what a test brings. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const barWidth = 30;

/**
 * Progress of what takes seconds: a bar on a terminal, elsewhere one line for each thing when it is done. On stderr, so
 * that the output proper can be piped.
 */
export class Progress {
  private what = "";
  private done = 0;
  private total = 0;
  private started = 0;

  constructor(private readonly stream: Output) {}

  readonly report: OnProgress = (what, done, total) => {
    if (what !== this.what) {
      this.end();
      this.what = what;
      this.started = performance.now();
    }
    this.done = done;
    this.total = total;
    if (this.stream.isTTY) this.stream.write(`\r${this.bar()}`);
  };

  /** Leaves one line that says what was done. */
  end(): void {
    if (this.what === "") return;
    const text = `${this.what}: ${grouped(this.done)} rows in ${seconds(performance.now() - this.started)}`;
    // Longer than any bar, which it writes over.
    this.stream.write(this.stream.isTTY ? `\r${text.padEnd(80)}\n` : `${text}\n`);
    this.what = "";
  }

  private bar(): string {
    const part = this.total === 0 ? 1 : Math.min(1, this.done / this.total);
    const full = Math.round(part * barWidth);
    const percent = `${Math.floor(part * 100)}%`.padStart(4);
    return `${this.what.padEnd(10)} ${"█".repeat(full)}${"░".repeat(barWidth - full)} ${percent}  ${grouped(this.done)} rows`;
  }
}
