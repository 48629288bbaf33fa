import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** Minified and gzipped, what a browser loads at once; what is loaded when it is needed (`start()`, mending) is not in it. */
async function bundled(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    ...{ bundle: true, splitting: true, minify: true, format: "esm", platform: "browser", target: "es2022" },
    ...{ conditions: ["@digest-sync/source"], outdir: "out", write: false, metafile: true },
  });
  const { outputs } = metafile;
  const atOnce = new Set<string>();
  const load = (path: string) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    for (const { path: other, kind } of outputs[path]!.imports) if (kind === "import-statement") load(other);
  };
  load(Object.keys(outputs).find((path) => outputs[path]!.entryPoint !== undefined)!);
  let bytes = 0;
  const modules: string[] = [];
  for (const path of atOnce) {
    const name = path.split("/").at(-1)!;
    bytes += gzipSync(outputFiles.find((file) => file.path.endsWith(name))!.contents, { level: 9 }).length;
    for (const [module, { bytesInOutput }] of Object.entries(outputs[path]!.inputs)) {
      if (bytesInOutput > 0) modules.push(module);
    }
  }
  return { bytes, modules };
}

const client = 'export { DigestSyncClient } from "@digest-sync/client";';

describe("what a browser loads", () => {
  it.each([
    ["client and memory store", 'export { memoryStore } from "@digest-sync/client";', 16_280],
    ["client and IndexedDB store", 'export { indexedDbStore } from "@digest-sync/client/indexeddb";', 17_600],
  ])("%s: within its limit, and nothing of what others need", async (_, store, limit) => {
    const { bytes, modules } = await bundled(client + store);
    expect(bytes).toBeLessThanOrEqual(limit);
    const strangers =
      /fast-sha256|\/(row-encoder|cbor-writer|message-json|message-read|message-schema|messages|request-schema|sqlite|prisma|mend|live)\b/;
    expect(modules.filter((module) => strangers.test(module))).toEqual([]);
  });
});
