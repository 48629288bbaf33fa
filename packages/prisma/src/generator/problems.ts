/** Everything that is wrong with a schema, so that all of it is reported at once. */
export class Problems {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];

  /** @param where the model, or the model and field, the error is about: `Contact.notes` */
  error(where: string, text: string): void {
    this.errors.push(`${where}: ${text}`);
  }

  warning(where: string, text: string): void {
    this.warnings.push(`${where}: ${text}`);
  }

  /** The report that makes `prisma generate` fail. */
  message(): string {
    const count = this.errors.length === 1 ? "1 problem" : `${this.errors.length} problems`;
    const lines = this.errors.map((error) => `  - ${error.replaceAll("\n", "\n    ")}`);
    return `Digest Sync generated nothing: ${count} in the schema.\n\n${lines.join("\n")}\n`;
  }
}

/** ` Did you mean "accountId"?`, or nothing when no name is near. */
export function suggestion(name: string, names: Iterable<string>): string {
  let best: string | undefined;
  // A third of the letters may differ: more, and the suggestion is a guess.
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best === undefined ? "" : ` Did you mean "${best}"?`;
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
