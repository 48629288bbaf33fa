/** An event that goes on for longer is none of ours, and must not fill the memory. */
const LONGEST = 65_536;

/** Reads `text/event-stream` as it arrives, as far as it matters here: the names of events, with their data. */
export class EventParser {
  private rest = "";
  private name = "";
  private data = "";

  constructor(private readonly onEvent: (name: string, data: string) => void) {}

  /** @throws RangeError for an event without end */
  push(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
    if (this.rest.length + this.data.length > LONGEST) throw new RangeError("an event of the stream has no end");
  }

  private line(line: string): void {
    if (line === "") {
      if (this.name !== "") this.onEvent(this.name, this.data);
      this.name = "";
      this.data = "";
      return;
    }
    const [, field, value = ""] = /^(\w+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "event") this.name = value;
    if (field === "data") this.data += value;
  }
}
