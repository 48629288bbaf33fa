import { DigestSyncError } from "@digest-sync/core";
import { abortable } from "./environment.js";

/** The app's hook that renews a sign-in, run once for all requests that the old one was refused to. */
export class Refresh {
  #running: Promise<void> | undefined;
  #renewals = 0;

  constructor(private readonly hook: () => unknown) {}

  /** Sends; after a 401 the sign-in is renewed and the request sent again, once. Throws "unauthorized" if the hook fails. */
  async around<Answer extends { readonly status: number }>(
    send: () => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const renewals = this.#renewals;
    const answer = await send();
    if (answer.status !== 401) return answer;
    // Unless another request had it renewed since this one was sent: a hook may use up what it renews with.
    if (renewals === this.#renewals) await abortable(this.#renew(), signal);
    return send();
  }

  #renew(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      await this.hook();
      this.#renewals += 1;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DigestSyncError("unauthorized", `the refresh option failed: ${reason}; sign in again`, { cause });
    } finally {
      this.#running = undefined;
    }
  }
}
