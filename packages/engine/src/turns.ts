import type { ScopeRef } from "./scope.js";

/**
 * Bounds how much of the same kind goes on at a time: who comes when enough are at work waits in line. By name, so that
 * one tenant's flood of requests holds up that tenant.
 */
export class Turns {
  readonly #most: number;
  readonly #lines = new Map<string, { working: number; readonly waiting: (() => void)[] }>();

  constructor(most: number) {
    this.#most = most;
  }

  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(name) ?? { working: 0, waiting: [] };
    this.#lines.set(name, line);
    if (line.working < this.#most) line.working += 1;
    // Whoever is done hands the place on.
    else await new Promise<void>((resolve) => line.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next) next();
      else {
        line.working -= 1;
        if (line.working === 0) this.#lines.delete(name);
      }
    }
  }
}

/** Names a grant by what it covers. */
export const grantName = (scopes: readonly ScopeRef[]): string =>
  scopes.map(({ collection, scope }) => `${collection}/${scope}`).join("\n");
