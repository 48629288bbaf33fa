import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A process of ours that is told what to do by its first message, and tells what it did by its own. */
export class Child<Said extends { readonly say: string }> {
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #said: Said[] = [];
  #heard: () => void = () => undefined;
  #output = "";
  readonly #end = () => void this.#process.kill("SIGKILL");

  /** @param script the child's compiled module */
  constructor(script: URL, task: object) {
    this.#process = fork(script, { stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: [] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    // "close" comes when everything it wrote has been read, too.
    this.#closed = once(this.#process, "close").then(() => {
      process.off("exit", this.#end);
      this.#heard();
    });
    this.#process.on("message", (said: Said) => {
      this.#said.push(said);
      this.#heard();
    });
    process.once("exit", this.#end);
    this.tell(task);
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it has written to the console. */
  get output(): string {
    return this.#output;
  }

  tell(message: object): void {
    if (this.alive) this.#process.send(message, () => undefined);
  }

  /** The next message of this kind. @throws Error when the process has ended without. */
  async hear<Say extends Said["say"]>(say: Say): Promise<Extract<Said, { say: Say }>> {
    for (;;) {
      const at = this.#said.findIndex((one) => one.say === say);
      if (at !== -1) return this.#said.splice(at, 1)[0] as Extract<Said, { say: Say }>;
      if (!this.alive) throw new Error(`The process ended (${this.ending}) before it said "${say}".\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  get ending(): string {
    return this.#process.signalCode ?? `exit code ${this.#process.exitCode}`;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (this.alive) this.#process.kill("SIGKILL");
    await this.#closed;
  }
}
