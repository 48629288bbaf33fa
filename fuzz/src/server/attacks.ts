import { fingerprint, PROTOCOL } from "@digest-sync/core";
import { manifest } from "../../../prisma/generated/digest-sync/client.js";
import { type Entries, type Item, looseCbor, looseJson, message } from "../loose.js";
import { mutate, mutateBytes } from "../mutate.js";
import type { Random } from "../random.js";
import { misbehavingTokens } from "./app.js";
import type { Known } from "./known.js";
import type { Shot, Wire } from "./shot.js";
import { forge } from "./sketches.js";

const collectionNames = manifest.collections.map(({ name }) => name);
const print = fingerprint(manifest);

/** Who may attack: each account with what it knows. */
export type Knowledge = ReadonlyMap<string, Known>;

/** The next request of the attack. */
export function attack(random: Random, knowledge: Knowledge): Shot {
  const account = random.chance(0.05)
    ? random.pick([...misbehavingTokens, "", "nobody"])
    : random.pick([...knowledge.keys()]);
  const known = knowledge.get(account) ?? (knowledge.get("empty") as Known);
  const isPull = random.chance(0.2);
  const { label, entries } = isPull ? pullRequest(random, known) : verifyRequest(random, known);
  return overHttp(random, account, isPull ? "/pull" : "/verify", label, { entries });
}

interface Labelled extends Entries {
  readonly label: string;
}

function verifyRequest(random: Random, known: Known): Labelled {
  const common = { protocol: PROTOCOL, algorithm: manifest.algorithm, manifest: print, ...someCollections(random) };
  if (random.chance(0.15)) {
    const count = random.pick([0, known.count, known.count + 1, 1, random.size(0, 1e6), 2 ** 53 - 1]);
    const root = random.chance(0.3) ? known.root : random.bytes(32);
    return { label: "no-sketch", ...message({ ...common, count, root }) };
  }
  const { label, sketch, count, window } = forge(random, known);
  const root = random.bytes(32);
  const claimed = random.chance(0.03) ? random.pick([0, count + 1, 2 ** 53 - 1]) : count;
  const properties = { ...common, count: claimed, root, sketch: sketch.toBytes(count), ...(window > 0 && { window }) };
  return { label, ...message(properties) };
}

function pullRequest(random: Random, known: Known): Labelled {
  const properties: Record<string, Item> = { protocol: PROTOCOL, algorithm: manifest.algorithm, manifest: print };
  Object.assign(properties, someCollections(random));
  if (random.chance(0.8)) {
    const place = known.keys.length > 0 && random.chance(0.6) ? random.pick(known.keys) : undefined;
    const collection = place?.collection ?? random.pick([...collectionNames, "", "A", "zzz", "\u{10ffff}"]);
    const key = place?.key ?? random.pick(["", "~", "0", "9".repeat(100), "\u{10ffff}", "a".repeat(100_000), "qz"]);
    properties.after = message({ collection, key: random.chance(0.9) ? key : undefined });
  }
  return { label: "pull", ...message(properties) };
}

function someCollections(random: Random): { collections?: string[] } {
  if (random.chance(0.7)) return {};
  const known = random.sample(collectionNames, random.below(collectionNames.length + 1));
  const unknown = Array.from({ length: random.chance(0.2) ? random.size(0, 300) : 0 }, (_, i) => `Nothing${i}`);
  return { collections: random.chance(0.1) ? [...known, ...known, ...unknown] : [...known, ...unknown] };
}

/** Puts a message on the wire, mutated or not. */
function overHttp(random: Random, account: string, path: string, label: string, message: Entries): Shot {
  const kind = random.pick(["valid", "valid", "valid", "structure", "structure", "structure", "bytes", "http"]);
  const mutated = kind === "structure" ? mutate(random, message) : message;
  const json = random.chance(0.25);
  const encoded = json ? new TextEncoder().encode(looseJson(mutated)) : looseCbor(mutated);
  const body = kind === "bytes" ? mutateBytes(random, encoded) : encoded;
  const type = json ? "application/json" : "application/cbor";
  const headers: Record<string, string> = {
    "content-type": type,
    accept: random.chance(0.8) ? type : "application/json",
  };
  let wire: Wire = random.chance(0.1) ? "chunked" : "plain";
  let method = "POST";
  let to = path;
  if (kind === "http") {
    const trick = random.below(6);
    if (trick === 0) headers["content-type"] = random.pick(wrongTypes);
    else if (trick === 1) headers["content-encoding"] = random.pick(["gzip", "br", "deflate", "identity", "x"]);
    else if (trick === 2) headers.accept = random.pick(accepts);
    else if (trick === 3) method = random.pick(["GET", "PUT", "DELETE", "OPTIONS", "HEAD"]);
    else if (trick === 4)
      to = random.pick(["/manifest", "/verify/", "/verify?x=1", "/Verify", "/", "/events", "/verify/../pull"]);
    else wire = random.pick(["half", "length-too-long", "length-too-short", "bad-chunks", "two-lengths"]);
  }
  const platform = random.chance(0.5) ? "express" : "fastify";
  return { label: `${kind} ${label}`, platform, account, method, path: to, headers, body, wire };
}

const wrongTypes = [
  ...["", "text/plain", "text/html", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
  ...[
    "application/cbor; charset=utf-8",
    "APPLICATION/CBOR",
    "application/json; charset=utf-16",
    "application/octet-stream",
  ],
  ...["application/problem+json", "application/cbor, application/json", ";", `application/${"x".repeat(4_000)}`],
];
const accepts = [
  ...[
    "*/*",
    "text/html",
    "application/json;q=0.1, application/cbor;q=0.2",
    "application/json;q=1e9",
    ",,,,",
    "q=;q=;q=",
  ],
  "application/*;q=0.5, ".repeat(200),
];
