/**
 * Whether these bytes are well-formed UTF-8 (Unicode 16, table 3-7). For text that is skipped: calling TextDecoder for each
 * of a hundred thousand short ones costs ten times as much, and makes strings that nobody reads.
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const lead = bytes[at]!;
    at += 1;
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const last = at + (lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3);
    if (last > end) return false;
    // Of some leads the second byte is bounded more closely: no overlong forms, no surrogates, nothing past U+10FFFF.
    let least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    let most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    for (; at < last; at++) {
      if (bytes[at]! < least || bytes[at]! > most) return false;
      least = 0x80;
      most = 0xbf;
    }
  }
  return true;
}
