import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheKey } from "./demo/cache-key.js";
import { exampleFolder } from "./demo/folders.js";
import { type DemoOptions, parseOptions, usage } from "./demo/options.js";
import { runDemo } from "./demo/run.js";
import { fullSize } from "./demo/seed.js";

// The contacts demo: `npm run demo` in the repository's root.

const options = optionsOrExit();
const folder = mkdtempSync(join(tmpdir(), "digest-sync-demo-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // Asked twice: now.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}

try {
  const { stdout, stderr } = process;
  const cache = { folder: join(exampleFolder, ".data"), key: cacheKey(), refresh: options.fresh };
  const { signal } = interrupt;
  const exitCode = await runDemo(options, { stdout, stderr, folder, size: fullSize, cache, signal });
  // Past the ^C that the terminal has written.
  if (signal.aborted) stderr.write("\n");
  process.exit(exitCode);
} catch (error) {
  if (interrupt.signal.aborted) {
    process.stderr.write("\nInterrupted.\n");
    process.exit(130);
  }
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

function optionsOrExit(): DemoOptions {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (!options.help) return options;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
  process.stdout.write(usage);
  process.exit(0);
}
