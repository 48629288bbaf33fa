/** One line on a terminal that is written over and over; nothing at all where there is no terminal. */
export class Progress {
  private readonly stream: NodeJS.WriteStream;
  private readonly visible: boolean;
  private shown = false;

  constructor(stream: NodeJS.WriteStream, wanted: boolean) {
    this.stream = stream;
    this.visible = wanted && stream.isTTY === true;
  }

  show(text: string): void {
    if (!this.visible) return;
    this.shown = true;
    this.stream.write(`\r\x1b[K${text.slice(0, this.stream.columns - 1)}`);
  }

  end(): void {
    if (this.shown) this.stream.write("\r\x1b[K");
    this.shown = false;
  }
}
