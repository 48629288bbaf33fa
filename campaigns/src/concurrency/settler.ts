import { type Digests, digestSync } from "@digest-sync/prisma";
import { databases } from "../databases/index.js";
import type { SettlerSays, Task } from "./messages.js";

// One of several processes that do nothing but settle, without pause.

const say = (said: SettlerSays) => process.send?.(said);
process.on("disconnect", () => process.exit());

process.once("message", async ({ database, url }: Task) => {
  const kind = databases[database]!;
  const faults: string[] = [];
  const onError = (error: unknown) => faults.push(String((error as Error).stack));
  const extended = kind.client(url).$extends(digestSync(kind.manifest, { delay: 1, every: 5, onError }));
  const { $digests } = extended as unknown as { readonly $digests: Digests };
  let settled = 0;
  $digests.onSettled((result) => {
    settled += result.settled;
  });
  await $digests.check();
  say({ say: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  $digests.start();
  await new Promise((resolve) => process.once("message", resolve));
  await $digests.stop();
  say({ say: "done", settled, faults: faults.slice(0, 5) });
});
