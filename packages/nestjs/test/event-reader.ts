/** Reads a stream of server-sent events as a client would, and keeps all it has seen. */
export class EventReader {
  readonly events: string[] = [];
  heartbeats = 0;
  /** Resolves when the stream is over, however it ended. */
  readonly ended: Promise<void>;

  private constructor(
    readonly response: Response,
    private readonly controller: AbortController,
  ) {
    this.ended = this.read().catch(() => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const controller = new AbortController();
    const response = await fetch(url, { headers, signal: controller.signal });
    return new EventReader(response, controller);
  }

  /** How often this event has come. */
  count(name: string): number {
    return this.events.filter((event) => event === name).length;
  }

  close(): void {
    this.controller.abort();
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.response.body as unknown as AsyncIterable<Uint8Array>) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        if (event === undefined) this.heartbeats += 1;
        else this.events.push(event);
      }
    }
  }
}
