/** What a campaign has made outside its own memory goes when it ends, fails or is interrupted: last made, first gone. */
export class Cleanup {
  readonly #undos: (() => unknown)[] = [];
  #interrupted = false;

  /** @returns a function that does it earlier */
  add(undo: () => unknown): () => Promise<void> {
    this.#undos.push(undo);
    return async () => {
      const at = this.#undos.indexOf(undo);
      if (at === -1) return;
      this.#undos.splice(at, 1);
      await undo();
    };
  }

  async run(): Promise<void> {
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await undo();
      } catch (error) {
        console.error(`Cleaning up: ${(error as Error).message}`);
      }
    }
  }

  /** A signal has come: what fails now fails because of it. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Until `run`, signals clean up and end the process, the second one at once. */
  onSignals(): void {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const) {
      process.on(signal, () => {
        if (this.#interrupted) process.exit(code);
        this.#interrupted = true;
        console.error(`${signal}: cleaning up.`);
        void this.run().finally(() => process.exit(code));
      });
    }
  }
}
