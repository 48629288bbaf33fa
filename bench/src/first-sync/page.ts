import { DigestSyncClient } from "@digest-sync/client";
import { indexedDbStore } from "@digest-sync/client/indexeddb";
import { type City, manifest } from "../../../prisma/generated/digest-sync/client.js";

// Runs in a browser, on a page that the app serves: both sides of a first sync into IndexedDB.

const headers = { authorization: "Bearer a1" };
/** Rows stored in one transaction by either side: the client stores a page in one. */
const transactionRows = 1_000;

export interface Run {
  readonly ms: number;
  /** How often the app was told how far the sync is. */
  readonly progress: number;
  /** Base64 of all HTTP bodies, both ways, if they were asked for. */
  readonly bodies: readonly string[];
}

/** What the page offers to the bench. */
export interface FirstSync {
  ours(rows: number, keepBodies: boolean): Promise<Run>;
  theirs(rows: number, keepBodies: boolean): Promise<Run>;
}

async function ours(rows: number, send: typeof fetch): Promise<{ count: number; progress: number }> {
  let progress = 0;
  const store = indexedDbStore("ours");
  const client = new DigestSyncClient({ url: "/sync", manifest, store, headers, fetch: send });
  const { inSync, count } = await client.sync({
    onProgress: ({ phase, rows: done, total }) => {
      if (phase === "bulk" && total === rows && done > 0) progress += 1;
    },
  });
  if (!inSync) throw new Error("The client is not in sync.");
  return { count, progress };
}

async function theirs(_rows: number, send: typeof fetch): Promise<{ count: number; progress: number }> {
  const cities = (await (await send("/cities", { headers })).json()) as City[];
  const database = await request(indexedDB.open("theirs"), ({ result }) =>
    result.createObjectStore("cities", { keyPath: "cityId" }),
  );
  for (let at = 0; at < cities.length; at += transactionRows) {
    const transaction = database.transaction("cities", "readwrite");
    const store = transaction.objectStore("cities");
    for (const city of cities.slice(at, at + transactionRows)) store.put(city);
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }
  database.close();
  return { count: cities.length, progress: 0 };
}

/** Runs in empty databases. The time is that of the work alone. */
async function measured(side: typeof ours, rows: number, keepBodies: boolean): Promise<Run> {
  for (const name of ["ours", "theirs"]) await request(indexedDB.deleteDatabase(name));
  const bodies: Uint8Array[] = [];
  const start = performance.now();
  const { count, progress } = await side(rows, keepBodies ? keeping(bodies) : (...sent) => fetch(...sent));
  const ms = performance.now() - start;
  if (count !== rows) throw new Error(`${count} of ${rows} rows came.`);
  return { ms, progress, bodies: await Promise.all(bodies.map(base64)) };
}

function keeping(bodies: Uint8Array[]): typeof fetch {
  return async (input, init) => {
    if (init?.body) bodies.push(init.body as Uint8Array);
    const response = await fetch(input, init);
    bodies.push(new Uint8Array(await response.clone().arrayBuffer()));
    return response;
  };
}

async function base64(bytes: Uint8Array): Promise<string> {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function request<Value>(asked: IDBRequest<Value>, onUpgrade?: (opening: IDBRequest<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    Object.assign(asked, { onupgradeneeded: () => onUpgrade?.(asked) });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

Object.assign(globalThis, {
  firstSync: {
    ours: (rows, keepBodies) => measured(ours, rows, keepBodies),
    theirs: (rows, keepBodies) => measured(theirs, rows, keepBodies),
  } satisfies FirstSync,
});
