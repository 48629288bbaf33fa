/** A repeatable source of chance (sfc32, Chris Doty-Humphrey): the same seed and stream, the same choices. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.imul(seed ^ stream, 0x9e3779b9);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.uint32() / 0x1_0000_0000) * bound);
  }

  /** An integer from `least` to `most`, small ones as likely as large ones. */
  size(least: number, most: number): number {
    const digits = this.uint32() / 0x1_0000_0000;
    return Math.min(most, Math.floor(least + (most - least + 1) ** digits - 1));
  }

  chance(probability: number): boolean {
    return this.uint32() < probability * 0x1_0000_0000;
  }

  pick<Value>(list: readonly Value[]): Value {
    return list[this.below(list.length)] as Value;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32();
    return bytes;
  }

  /** `count` different items, or all there are. */
  sample<Value>(list: readonly Value[], count: number): Value[] {
    const rest = [...list];
    const most = Math.min(count, rest.length);
    for (let i = 0; i < most; i++) {
      const j = i + this.below(rest.length - i);
      [rest[i], rest[j]] = [rest[j] as Value, rest[i] as Value];
    }
    return rest.slice(0, most);
  }
}
