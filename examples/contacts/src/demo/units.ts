/** Bytes for people: `102 B`, `4.1 kB`, `38.2 MB`; decimal units. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  const [divisor, unit] = count < 999_950 ? [1_000, "kB"] : [1_000_000, "MB"];
  return `${(count / divisor).toFixed(1)} ${unit}`;
}

/** `160,634` */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `2.3 s` of milliseconds. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
