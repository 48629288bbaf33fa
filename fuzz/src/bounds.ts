/** What one request may cost the server (DESIGN.md, invariant 6). */
export const bounds = {
  /** Milliseconds of CPU. */
  cpu: 50,
  /** Milliseconds in which the event loop does not turn. */
  blocked: 20,
  /** MB beyond its body, garbage included. */
  heap: 32,
} as const;

export type Measure = keyof typeof bounds;
export const measures = Object.keys(bounds) as Measure[];
