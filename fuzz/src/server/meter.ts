import { getHeapStatistics } from "node:v8";
import { slowness } from "./slowness.js";

/** What was spent between `start` and `stop`. */
export interface Cost {
  /** CPU of the whole process, garbage collection included, in milliseconds. */
  readonly cpu: number;
  /** The longest stretch in which the event loop did not turn and the CPU was busy, in milliseconds. */
  readonly blocked: number;
  /** How many times slower than the bounds' reference the machine was, when that was asked for. */
  readonly slowness: number;
  /** Growth of heap and buffers at its peak, in MB, garbage included. */
  readonly heap: number;
}

const tick = 1;

/** CPU milliseconds of this process so far. */
function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Megabytes in use, garbage included. */
function heapNow(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return (used_heap_size + external_memory) / 1e6;
}

/** Measures what a request costs this process, by looking every millisecond. */
export class Meter {
  #timer: ReturnType<typeof setInterval> | undefined;
  #slowness = 1;
  #cpu = 0;
  #heap = 0;
  #peak = 0;
  #blocked = 0;
  #lastTime = 0;
  #lastCpu = 0;

  /** @param careful collects garbage and looks how slow the machine is, both before the clock starts */
  start(careful: boolean): void {
    this.#slowness = careful ? slowness() : 1;
    if (careful) globalThis.gc?.();
    this.#heap = heapNow();
    this.#peak = this.#heap;
    this.#blocked = 0;
    this.#cpu = cpuNow();
    this.#lastCpu = this.#cpu;
    this.#lastTime = performance.now();
    this.#timer = setInterval(() => this.#look(), tick);
  }

  stop(): Cost {
    clearInterval(this.#timer);
    this.#look();
    return {
      slowness: this.#slowness,
      cpu: this.#lastCpu - this.#cpu,
      blocked: this.#blocked,
      heap: this.#peak - this.#heap,
    };
  }

  #look(): void {
    const time = performance.now();
    const cpu = cpuNow();
    // Other processes may have had the CPU in between: what this one did not use, it did not block.
    this.#blocked = Math.max(this.#blocked, Math.min(time - this.#lastTime - tick, cpu - this.#lastCpu));
    this.#lastTime = time;
    this.#lastCpu = cpu;
    this.#peak = Math.max(this.#peak, heapNow());
  }
}
