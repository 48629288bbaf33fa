/** 1,234 B as people read it: `1.2 kB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1_000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

const grouped = new Intl.NumberFormat("en");

/** 12345 as `12,345`. */
export const number = (count: number): string => grouped.format(count);

/** The singular or the plural with its number. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;
