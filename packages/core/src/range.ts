/** Throws RangeError unless the value is an integer from 0 to `most`. */
export function requireRange(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`"${name}" expected an integer from 0 to ${most}, got ${value}`);
}

/** Throws RangeError unless there are 32 bytes. */
export function requireDigest({ length }: Uint8Array): void {
  if (length !== 32) throw new RangeError(`"digest" expected 32 bytes, got length=${length}`);
}
