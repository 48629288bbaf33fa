import { CborReader, encodeValue, type Manifest, readValue, toHex } from "@digest-sync/core";
import { afterEach, expect } from "vitest";
import type { Environment } from "../src/environment.js";
import { DigestSyncClient, type DigestSyncClientOptions, type LocalStore } from "../src/index.js";
import { ReferenceServer } from "./reference-server.js";
import { manifest, type Rows } from "./sample.js";

const started: ReferenceServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

export async function startServer(serverManifest?: Manifest): Promise<ReferenceServer> {
  const server = await ReferenceServer.start(serverManifest);
  started.push(server);
  return server;
}

/** Time that passes only when somebody sleeps, or a test says so. */
export class TestClock implements Environment {
  time = 1_000_000;
  readonly slept: number[] = [];
  chance = 0.5;
  now = () => this.time;
  random = () => this.chance;
  /** Pauses between retries pass at once; the far longer timers of requests never fire. */
  sleep = async (milliseconds: number, signal?: AbortSignal) => {
    if (milliseconds >= TEST_TIMEOUT) {
      return new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
    }
    this.slept.push(milliseconds);
    this.time += milliseconds;
  };
}
export const TEST_TIMEOUT = 1_000_000;

export function newClient(
  server: ReferenceServer,
  options: Partial<DigestSyncClientOptions<Rows>> = {},
  clock: Environment = new TestClock(),
): DigestSyncClient<Rows> {
  return new DigestSyncClient<Rows>({ url: server.url, manifest, timeout: TEST_TIMEOUT, ...options }, clock);
}

/** Saved state, taken apart and put together again with other values in it. */
// biome-ignore lint/suspicious/noExplicitAny: a test knows what it changes
type Values = Record<string, any>;
export function restated(state: Uint8Array, change: (values: Values) => object): Uint8Array {
  const values = readValue(new CborReader(state)) as Values;
  return encodeValue({ ...values, ...change(values) });
}

/** Everything a store holds, in the form of `ReferenceSet.contents`. */
export async function contentsOf(store: LocalStore, names = ["Contact", "Member", "Note"]) {
  const found: [string, string][] = [];
  for (const name of names) {
    for (const row of await store.scan(name, null, 1_000_000)) {
      found.push([`${row.collection}/${row.key}`, toHex(row.encoding)]);
    }
  }
  return Object.fromEntries(found.sort());
}

/** Expects a rejection with this code, and gives the error. */
export async function failure(promise: Promise<unknown>, code: string) {
  const error = await promise.then(
    () => expect.fail(`resolved; expected an error "${code}"`),
    (reason: unknown) => reason as Error & { code: string; retryAfter?: number },
  );
  expect(error).toMatchObject({ name: "DigestSyncError", code });
  return error;
}
