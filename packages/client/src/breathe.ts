/** Milliseconds of work at a stretch; a frame has 16, and phones are several times as slow as what this is tried on. */
const STRETCH_MS = 12;

let since = 0;

/**
 * Lets the page's other work go first, once it has waited long enough: clicks, frames, the app's own timers. Called
 * between rows, so cheap when there is nothing to do.
 */
export function breathe(): Promise<void> | undefined {
  if (Date.now() - since < STRETCH_MS) return undefined;
  const { scheduler } = globalThis as { scheduler?: { yield?(): Promise<void> } };
  const rest = scheduler?.yield?.() ?? new Promise<void>((resolve) => setTimeout(resolve));
  return rest.then(() => {
    since = Date.now();
  });
}
