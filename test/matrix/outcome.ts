import { TooSlow } from "./circumstances.js";

/** What a writer is told: the result, or the error in the parts that say the same every time. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: string;
}

export async function outcomeOf(work: () => PromiseLike<unknown>): Promise<Outcome> {
  try {
    return { result: comparable(await work()) };
  } catch (error) {
    if (error instanceof TooSlow) throw error;
    const { name, code } = error as { name?: unknown; code?: unknown };
    return { error: [name, code].filter((part) => part !== undefined).join(" ") };
  }
}

/** Values as text where JSON has none, and instances of other classes as plain objects. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value ?? null, (_, one) => (typeof one === "bigint" ? `${one}n` : one));
  return JSON.parse(text);
}
