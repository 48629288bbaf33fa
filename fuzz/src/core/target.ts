import {
  compileDigest,
  compileRowDecoder,
  compileRowEncoder,
  decodeManifest,
  decodePullAnswer,
  decodePullRequest,
  decodeVerifyAnswer,
  decodeVerifyRequest,
  encodeManifest,
  encodePullAnswer,
  encodePullRequest,
  encodeVerifyAnswer,
  encodeVerifyRequest,
  fingerprint,
  keyText,
  limits,
  type Manifest,
  type MediaType,
  PROTOCOL,
  parseKey,
  parseManifest,
  Sketch,
  sketchFromBytes,
  tryPeel,
} from "@digest-sync/core";
import { manifest as contacts } from "../../../prisma/generated/digest-sync/client.js";
import { manifest as types } from "../../../prisma/generated/types/digest-sync/client.js";
import { anyItem } from "../items.js";
import { type Entries, looseCbor, looseJson, message } from "../loose.js";
import { mutate, mutateBytes } from "../mutate.js";
import { Random } from "../random.js";
import { Series } from "../statistics.js";
import type { TargetOptions } from "../target.js";
import { rowItem } from "./rows.js";

/** Milliseconds of CPU for reading a request, or peeling a sketch. */
const requestBound = 50;
/** The same for what clients read: a row of a megabyte may be a hundred thousand objects, which take their time to make. */
const rowBound = 500;
const repeats = 5;

/** One thing to try: bytes, and what must hold of them. Throws what must not happen as an Error that is none of ours. */
interface Trial {
  readonly label: string;
  readonly input: Uint8Array;
  readonly bound: number;
  /** What the bound is of. */
  run(): void;
  /** What must hold besides, however long it takes to find out. */
  check?(): void;
}

class Broken extends Error {}

const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** Whatever is decoded encodes to something that decodes to the same. */
function roundTrip<Message>(
  input: Uint8Array,
  media: MediaType,
  decode: (body: Uint8Array, media: MediaType) => Message,
  encode: (message: Message, media: MediaType) => Uint8Array,
): void {
  const first = encode(decode(input, media), "application/cbor");
  if (!equal(encode(decode(first, "application/cbor"), "application/cbor"), first)) throw new Broken("unstable");
  const json = encode(decode(first, "application/cbor"), "application/json");
  if (!equal(encode(decode(json, "application/json"), "application/cbor"), first)) throw new Broken("JSON is another");
}

const common = { protocol: PROTOCOL, algorithm: "sha256", manifest: fingerprint(contacts) };

function aMessage(random: Random): Trial {
  const base = random.bytes(32);
  const rows = message({ Contact: [random.bytes(40), random.bytes(9)], City: [] });
  const position = message({ collection: "Contact", key: "c1" });
  const sketch = Sketch.of(random.size(1, 2_000));
  for (let i = 0; i < 20; i++) sketch.addElement(random.uint32(), random.uint32(), 1);
  type Reading = (input: Uint8Array, media: MediaType) => void;
  const shapes: [label: string, honest: Entries, run: Reading, check: Reading][] = [
    [
      "verify request",
      message({ ...common, collections: ["Contact"], count: 20, root: base, sketch: sketch.toBytes(20), window: 1 }),
      (input, media) => {
        const { sketch, count } = decodeVerifyRequest(input, media);
        if (sketch) sketchFromBytes(sketch, count).fits(count);
      },
      (input, media) => roundTrip(input, media, decodeVerifyRequest, encodeVerifyRequest),
    ],
    [
      "pull request",
      message({ ...common, after: position }),
      decodePullRequest,
      (input, media) => roundTrip(input, media, decodePullRequest, encodePullRequest),
    ],
    [
      "verify answer",
      message({ type: "changes", base, rows, stale: random.bytes(16), count: 3, root: base, more: true }),
      decodeVerifyAnswer,
      (input, media) => roundTrip(input, media, decodeVerifyAnswer, encodeVerifyAnswer),
    ],
    [
      "pull answer",
      message({ type: "page", rows, next: position, count: 3 }),
      decodePullAnswer,
      (input, media) => roundTrip(input, media, decodePullAnswer, encodePullAnswer),
    ],
  ];
  const [label, honest, run, check] = random.pick(shapes);
  const media = random.chance(0.3) ? "application/json" : "application/cbor";
  const changed = random.chance(0.7) ? mutate(random, honest) : honest;
  const encoded = media === "application/json" ? new TextEncoder().encode(looseJson(changed)) : looseCbor(changed);
  const bytes = random.chance(0.4) ? mutateBytes(random, encoded) : encoded;
  const input = Uint8Array.from(bytes.subarray(0, limits.requestBytes));
  return {
    label: `${label} as ${media}`,
    input,
    bound: requestBound,
    run: () => run(input, media),
    check: () => check(input, media),
  };
}

function aRow(random: Random): Trial {
  const manifest: Manifest = random.chance(0.7) ? types : contacts;
  const collection = random.pick(manifest.collections);
  const honest = rowItem(random, collection);
  const bytes = looseCbor(random.chance(0.6) ? mutate(random, honest) : honest);
  const input = Uint8Array.from(random.chance(0.5) ? mutateBytes(random, bytes) : bytes);
  const known = new Set(collection.fields.map(({ name }) => name));
  return {
    label: `row of ${collection.name}`,
    input,
    bound: rowBound,
    run: () => {
      const row = compileRowDecoder(collection)(input);
      compileDigest(collection.name, "sha256")(input);
      const key = keyText(collection, row);
      if (keyText(collection, keyed(collection.key, parseKey(collection, key))) !== key) throw new Broken(`key ${key}`);
      // What the decoder accepts is what the encoder writes, and nothing else.
      if (Object.keys(row).every((name) => known.has(name)) && !equal(compileRowEncoder(collection)(row), input))
        throw new Broken("two encodings of one row");
    },
  };
}

const keyed = (names: readonly string[], values: readonly unknown[]) =>
  Object.fromEntries(names.map((name, i) => [name, values[i]]));

function aManifest(random: Random): Trial {
  const honest = JSON.parse(JSON.stringify(contacts)) as Record<string, unknown>;
  const bytes = random.chance(0.5)
    ? mutateBytes(random, encodeManifest(contacts))
    : mutateBytes(random, encodeManifest(contacts, "application/json"));
  const input = Uint8Array.from(bytes);
  return {
    label: "manifest",
    input,
    bound: rowBound,
    run: () => {
      parseManifest(random.chance(0.5) ? { ...honest, collections: anyItem(random) } : anyItem(random));
      decodeManifest(input, random.chance(0.5) ? "application/cbor" : "application/json");
    },
  };
}

/** Cells as no two sets differ by: whatever they hold, peeling ends soon. */
function aSketch(random: Random): Trial {
  const cells = random.pick([1, 2, 32, 1_000, 8_192, limits.cells]);
  const sketch = Sketch.of(cells);
  const elements = random.size(0, cells);
  for (let i = 0; i < elements; i++) sketch.addElement(random.uint32(), random.uint32(), random.chance(0.5) ? 1 : -1);
  const spoiled = random.size(0, cells);
  for (let i = 0; i < spoiled; i++) {
    const pure = Sketch.of(1);
    pure.addElement(random.uint32(), random.uint32(), random.chance(0.5) ? 1 : -1);
    const cell = random.below(cells);
    sketch.sumHi[cell] = pure.sumHi[0]!;
    sketch.sumLo[cell] = pure.sumLo[0]!;
    sketch.check[cell] = pure.check[0]!;
    sketch.counts[cell] = pure.counts[0]!;
  }
  const run = () => {
    const result = tryPeel(sketch);
    if (typeof result !== "string" && result.onlyA.length + result.onlyB.length > cells * 8)
      throw new Broken("too many");
  };
  return { label: `peeling ${cells} cells`, input: sketch.toStored(), bound: requestBound, run };
}

const trials = [aMessage, aMessage, aRow, aRow, aManifest, aSketch];

/** Decodes what nobody encoded, until time is up. Returns the figures. */
export async function attackCore({ seed, until, findings, print }: TargetOptions): Promise<Record<string, unknown>> {
  const outcomes: Record<string, number> = {};
  const cpu = new Series();
  let index = 0;
  for (; performance.now() < until; index++) {
    const random = new Random(seed, index);
    const trial = random.pick(trials)(random);
    const { fault, outcome, milliseconds } = tryOut(trial);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    cpu.add(milliseconds, trial.label);
    const what = fault ?? (isTooSlow(trial, milliseconds) ? `more than ${trial.bound} ms` : undefined);
    const input = Buffer.from(trial.input.subarray(0, 2_000)).toString("hex");
    if (what) findings.add({ target: "core", what, label: trial.label, seed, index, input });
    if (index % 5_000 === 4_999) {
      print(`core: ${index + 1} inputs, ${JSON.stringify(outcomes)}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { inputs: index, outcomes, cpu: cpu.summary };
}

function tryOut({ run, check }: Trial): { fault?: string; outcome: string; milliseconds: number } {
  const before = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  let milliseconds: number | undefined;
  try {
    run();
    milliseconds = spent();
    check?.();
    return { outcome: "accepted", milliseconds };
  } catch (error) {
    const { name, code, stack } = error as Error & { code?: string };
    milliseconds ??= spent();
    if (name === "DigestSyncError") return { outcome: String(code), milliseconds };
    return { fault: String(stack).split("\n").slice(0, 4).join(" | "), outcome: "broken", milliseconds };
  }
}

const isTooSlow = (trial: Trial, milliseconds: number) => milliseconds > trial.bound && leastOf(trial) > trial.bound;

const leastOf = (trial: Trial) => Math.min(...Array.from({ length: repeats }, () => tryOut(trial).milliseconds));
