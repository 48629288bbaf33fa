/** Something that must not happen, and what it takes to see it again. */
export interface Finding {
  readonly target: string;
  readonly what: string;
  /** The case: what was attacked, by whom, how. */
  readonly label: string;
  readonly seed: number;
  readonly index: number;
  /** The smallest input that was found to show it, as hex. */
  readonly input?: string;
}

/** One finding of a kind is enough. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #kinds = new Set<string>();
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  isNew(target: string, what: string): boolean {
    return !this.#kinds.has(kindOf(target, what));
  }

  add(finding: Finding): void {
    if (!this.isNew(finding.target, finding.what)) return;
    this.#kinds.add(kindOf(finding.target, finding.what));
    this.list.push(finding);
    const { target, what, label, seed, index, input } = finding;
    this.#print(`FINDING ${target}: ${what}\n  in: ${label}\n  seed ${seed}, case ${index}`);
    if (input !== undefined) this.#print(`  input: ${input}`);
  }
}

/** Numbers differ from case to case. */
const kindOf = (target: string, what: string) => `${target}: ${what.replace(/[\d.]+/g, "#")}`;
