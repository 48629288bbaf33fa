/** The highest values of a series, and its quantiles, in constant memory: a histogram of steps of one in a hundred. */
export class Series {
  #count = 0;
  #max = 0;
  #maxLabel = "";
  readonly #steps = new Map<number, number>();

  add(value: number, label: string): void {
    this.#count += 1;
    if (value > this.#max) {
      this.#max = value;
      this.#maxLabel = label;
    }
    const step = value <= 0.01 ? 0 : Math.ceil(Math.log(value / 0.01) / Math.log(1.01));
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + 1);
  }

  quantile(share: number): number {
    let left = this.#count * share;
    for (const step of [...this.#steps.keys()].sort((a, b) => a - b)) {
      left -= this.#steps.get(step) ?? 0;
      if (left <= 0) return Math.min(this.#max, 0.01 * 1.01 ** step);
    }
    return this.#max;
  }

  get summary(): { median: number; p99: number; max: number; at: string } {
    const rounded = (value: number) => Math.round(value * 10) / 10;
    return {
      ...{ median: rounded(this.quantile(0.5)), p99: rounded(this.quantile(0.99)) },
      ...{ max: rounded(this.#max), at: this.#maxLabel },
    };
  }
}
