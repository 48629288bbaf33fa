import { decodeVerifyAnswer, encodeVerifyRequest, fingerprint, PROTOCOL } from "@digest-sync/core";
import { digestSync } from "@digest-sync/prisma";
import { manifest } from "../../../prisma/generated/digest-sync/server.js";
import { authorization, startApp } from "../app.js";
import type { Bench, Context } from "../bench.js";
import { sqlite } from "../databases/sqlite.js";
import { figure, ratioFigure } from "../figures.js";
import { interleave } from "../harness.js";
import { Loader } from "../loader.js";

const ratio = "verify.unchanged.ratio";
const rate = "verify.unchanged.requests_per_s";

/** At a time, so that the server always has something to do. */
const connections = 8;

export const verifyUnchanged: Bench = {
  title: "POST verify with nothing changed, against a bare endpoint of the same app with one query (Nest on Express)",
  kind: sqlite,
  names: () => [ratio, rate],
  async *run(context) {
    if (!context.wanted(ratio, rate)) return;
    const { verify, bare } = await measure(context);
    const perSecond = (ms: number) => (context.size.verify.requests * 1000) / ms;
    // Not by CPU time: this process's has the load in it.
    const ours = verify.map(({ wall }) => perSecond(wall));
    const theirs = bare.map(({ wall }) => perSecond(wall));
    yield ratioFigure(ratio, ours, theirs);
    yield figure(rate, "requests/s", { wall: ours }, { baseline: { wall: theirs }, best: Math.max });
  },
};

async function measure({ databases, size }: Context) {
  const { plain, close } = await databases.empty();
  await plain.account.create({ data: { id: "a1", name: "Ada", email: "ada@example.com" } });
  const contacts = Array.from({ length: size.verify.contacts }, (_, i) => ({
    id: `c${i}`,
    accountId: "a1",
    name: `${i}`,
  }));
  await plain.contact.createMany({ data: contacts });
  const { $digests } = plain.$extends(digestSync(manifest, { delay: 1_000_000_000 }));
  await $digests.install();
  await $digests.settle();
  const { count, root } = await $digests.root({ id: "a1", accountId: "a1" });
  const { algorithm } = manifest;
  const body = encodeVerifyRequest({ protocol: PROTOCOL, algorithm, manifest: fingerprint(manifest), count, root });

  const app = await startApp(plain);
  const loader = new Loader();
  const { requests, rounds } = size.verify;
  const headers = { "content-type": "application/cbor", accept: "application/cbor", ...authorization };
  const batch = (path: string) => loader.send({ url: `${app.url}/${path}`, headers, body, requests, connections });
  try {
    return await interleave(
      {
        verify: async () => {
          const { ms, answer } = await batch("sync/verify");
          const { type } = decodeVerifyAnswer(new Uint8Array(answer));
          if (type !== "in-sync") throw new Error(`The answer is ${type}, not in-sync.`);
          return { wall: ms, cpu: 0 };
        },
        bare: async () => ({ wall: (await batch("bare")).ms, cpu: 0 }),
      },
      rounds,
    );
  } finally {
    await loader.end();
    await app.close();
    await close();
  }
}
