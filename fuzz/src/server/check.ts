import {
  decodeManifest,
  decodePullAnswer,
  decodeVerifyAnswer,
  limits,
  type MediaType,
  type RowsByCollection,
} from "@digest-sync/core";
import { secret } from "./app.js";
import { accountIds } from "./content.js";
import type { Outcome, Received, Shot } from "./shot.js";

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf(shot: Shot, outcome: Outcome): string | undefined {
  if (outcome === "hung") return "no answer, and the connection stays open";
  if (outcome === "closed") return mayBeHungUpOn(shot) ? undefined : "no answer, connection closed";
  const foreign = foreignMark(shot, outcome);
  if (foreign) return `the answer tells of ${foreign}`;
  const { status } = outcome;
  if (status === 200) return faultOfMessage(shot, outcome);
  if (status === 503) return outcome.headers["retry-after"] ? undefined : "503 without Retry-After";
  if (status >= 500 && !(status === 500 && isResolverToBlame(shot))) return `status ${status}`;
  if (status < 200 || (status >= 300 && status < 400)) return `status ${status}`;
  return faultOfProblem(shot, outcome);
}

/** Who lies about lengths, and who sends more than is read before the answer: a writing client sees a reset connection. */
const mayBeHungUpOn = ({ wire, body }: Shot) => !["plain", "chunked"].includes(wire) || body.length > limitOfAppParsers;
/** Express reads JSON up to 100 kB, and answers 413 at once. */
const limitOfAppParsers = 100_000;

const isResolverToBlame = ({ account }: Shot) => account === "throws" || account === "rejects" || account === "text";

/** Marks of accounts, as text and as hex of text. */
const marks = /qz([a-z]+\d*)zq|717a((?:[67][0-9a-f])+(?:3\d)*)7a71/g;

function foreignMark({ account }: Shot, { body }: Received): string | undefined {
  const text = body.toString("latin1");
  if (text.includes("secret-notes")) return "an omitted field";
  const own = new Set<string>((accountIds as Record<string, readonly string[]>)[account] ?? []);
  for (const [mark, , hex] of text.matchAll(marks)) {
    const plain = hex === undefined ? mark : Buffer.from(mark, "hex").toString("latin1");
    if (plain === secret || (!own.has(plain) && isMark(plain))) return plain;
  }
  return undefined;
}

const everyMark = new Set<string>(Object.values(accountIds).flat());
const isMark = (text: string) => everyMark.has(text);

function faultOfMessage(shot: Shot, { headers, body }: Received): string | undefined {
  if (headers.raw || shot.method === "HEAD") return undefined;
  const media = headers["content-type"] as MediaType;
  if (media !== "application/cbor" && media !== "application/json") return `200 with content type ${media}`;
  if (headers["cache-control"] !== "no-store") return "200 that caches may keep";
  const path = shot.path.replace(/[/?].*$|^\//g, "") || shot.path.split(/[/?]/)[1];
  try {
    if (/manifest/.test(shot.path)) decodeManifest(body, media);
    else if (/pull/.test(shot.path)) return faultOfRows(decodePullAnswer(body, media));
    else return faultOfRows(decodeVerifyAnswer(body, media));
  } catch (error) {
    return `200 with a body that is no answer to ${path}: ${(error as Error).message}`;
  }
  return undefined;
}

function faultOfRows(answer: { type: string; rows?: RowsByCollection }): string | undefined {
  const rows = Object.values(answer.rows ?? {}).flat();
  const bytes = rows.reduce((sum, { length }) => sum + length, 0);
  if (rows.length > limits.answerRows) return `an answer of ${rows.length} rows`;
  if (rows.length > 1 && bytes > limits.answerBytes) return `an answer with ${bytes} bytes of rows`;
  return undefined;
}

/** What says too much: stack frames, paths, SQL, and what our own errors are made of. */
const revealing = /\bat .*\.[jt]s:\d+|node_modules|file:\/\/|SELECT |INSERT |_digest_|Prisma|\[object |Error: /;

function faultOfProblem({ method }: Shot, { status, headers, body }: Received): string | undefined {
  if (method === "HEAD" || method === "OPTIONS" || headers.raw) return undefined;
  const type = String(headers["content-type"] ?? "");
  const text = body.toString("utf8");
  if (revealing.test(text)) return `status ${status} with a body that reveals internals: ${text.slice(0, 300)}`;
  if (body.length > 4_000) return `status ${status} with ${body.length} bytes`;
  // Whatever did not get as far as our routes keeps the app's format.
  if (!/^application\/(problem\+)?json/.test(type)) return `status ${status} with content type ${type}`;
  const problem = JSON.parse(text) as Record<string, unknown>;
  if (type.startsWith("application/problem+json")) {
    const names = Object.keys(problem).sort().join();
    if (names !== "code,detail,status,title,type") return `a problem with the properties ${names}`;
    if (problem.status !== status) return `a problem of status ${problem.status} in a ${status}`;
  }
  return undefined;
}
