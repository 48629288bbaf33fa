import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface Batch {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly requests: number;
  /** Kept alive from batch to batch. */
  readonly connections: number;
}

/** Sends batches of equal POST requests from another thread. */
export class Loader {
  private readonly worker = new Worker(new URL("load.js", import.meta.url));

  /**
   * @returns milliseconds from the first request to the last answer, and one of the answers
   * @throws when an answer is not 200
   */
  async send(batch: Batch): Promise<{ ms: number; answer: Uint8Array }> {
    this.worker.postMessage(batch);
    const [done] = (await once(this.worker, "message")) as [{ ms: number; answer: Uint8Array; error?: string }];
    if (done.error !== undefined) throw new Error(done.error);
    return done;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
