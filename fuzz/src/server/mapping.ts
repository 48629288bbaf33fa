// PROTOCOL.md, "Mapping" and "Check", written down once more: an attacker brings his own.

/** The indices below `cells` of an element. */
export function mappingOf(high: number, low: number, cells: number): number[] {
  const indices: number[] = [];
  let r = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  for (let i = 0; i < cells; ) {
    indices.push(i);
    r = (r * 0xda942042e4dd58b5n) & 0xffff_ffff_ffff_ffffn;
    i += Math.max(1, Math.ceil((i + 1.5) * (4294967296 / Math.sqrt(Number(r) + 1) - 1)));
  }
  return indices;
}

export function checkOf(high: number, low: number): number {
  return mix((mix(high ^ 0x9e3779b9) + low) | 0);
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
