// Ids come from small pools, so that operations meet the same rows again and again. Among them are those that keys have
// to escape, and those that only differ where a case-insensitive or a padding collation sees no difference.

const from =
  <const Value>(...pool: readonly Value[]) =>
  (n: number): Value =>
    pool[n % pool.length] as Value;
const numbered = (letter: string, count: number) =>
  from(...Array.from({ length: count }, (_, index) => `${letter}${index}`));

export const accounts = ["a0", "a1", "a2", "a/3"] as const;
export const account = from(...accounts);
export const contact = from("c0", "c1", "c2", "c3", "c4", "c5", "C5", "c6", "c~6/", "c7");
export const chat = numbered("h", 8);
export const message = numbered("m", 16);
export const tag = from("red", "green", "blue", "Blue", "é", "e\u0301", "z/~");
export const emoji = from("+1", "😀", "~");
export const status = from("draft" as const, "sent" as const, "read" as const);
export const small = (n: number) => n % 12;
export const email = (n: number) => `${account(n)}@example.com`;
/** To the millisecond, as every database keeps it; before 1970 as well. */
export const moment = (n: number) => new Date((n - 20) * 86_400_000 + n);

/** Texts that have broken encoders before, short enough for every database's text column. */
export const texts = [
  "Ada",
  "Grace",
  "",
  " ",
  "😀 café",
  "e\u0301",
  "a\"b'c\\",
  "\t\n\u0001",
  "~/~0/~1",
  "x".repeat(180),
] as const;
