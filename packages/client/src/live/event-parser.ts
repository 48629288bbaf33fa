/** A line that goes on for longer is no event of ours, and must not fill the memory. */
const LONGEST_LINE = 65_536;

/** Reads `text/event-stream` as it arrives, as far as it matters here: the names of events, with their data. */
export class EventParser {
  private rest = "";
  private name = "";
  private data = "";

  constructor(private readonly onEvent: (name: string, data: string) => void) {}

  /** @throws RangeError for a line without end */
  push(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    if (this.rest.length > LONGEST_LINE) throw new RangeError("a line of the event stream has no end");
    for (const line of lines) this.line(line);
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
