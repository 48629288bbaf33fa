import {
  CborWriter,
  encodePullRequest,
  encodeVerifyRequest,
  limits,
  type MediaType,
  Sketch,
  toHex,
} from "@digest-sync/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type App, openApp, platforms } from "./app.js";
import { addAccount, common, grantOf, openWorld, type World } from "./world.js";

// What no client sends, over HTTP: a clear 4xx, nothing in the log, and the app goes on. (fuzz/ sends what nobody thought of.)

const cbor = { "content-type": "application/cbor" };
const root = new Uint8Array(32);
const sketch = Sketch.of(2);

/** A message with nothing but a list of these items, which is ignored. */
const skipped = (item: string, count: number) =>
  Buffer.from(`a161619a${count.toString(16).padStart(8, "0")}${item.repeat(count)}`, "hex");

type Properties = Record<string, unknown>;
const verify: Properties = {
  ...common,
  collections: ["Contact"],
  count: 0,
  root,
  sketch: sketch.toBytes(0),
  window: 1,
};
const pull: Properties = { ...common, collections: ["Contact"], after: { collection: "Contact", key: "a" } };

/** CBOR of anything, in the order of the properties' names as DAG-CBOR has it. */
function write(writer: CborWriter, value: unknown): void {
  if (value === null) writer.null();
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "bigint") writer.bigint(value);
  else if (typeof value === "number" && Number.isSafeInteger(value)) writer.int(value);
  else if (typeof value === "number") writer.float64(value);
  else if (typeof value === "string") writer.text(value);
  else if (value instanceof Uint8Array) writer.bytes(value);
  else if (Array.isArray(value)) {
    writer.arrayHeader(value.length);
    for (const item of value) write(writer, item);
  } else {
    const entries = Object.entries(value as object).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
    writer.mapHeader(entries.length);
    for (const [name, item] of entries) {
      writer.text(name);
      write(writer, item);
    }
  }
}

function encoded(value: unknown, media: MediaType): Uint8Array | string {
  if (media === "application/json")
    return JSON.stringify(value, (_, one) =>
      one instanceof Uint8Array ? toHex(one) : typeof one === "bigint" ? Number(one) : one,
    );
  const writer = new CborWriter();
  write(writer, value);
  return writer.finish();
}

const huge = "x".repeat(70_000);
const integers = [-1, 0.5, 2 ** 53, -(2n ** 63n), 2n ** 64n - 1n, Number.NaN, "1", null, [], {}, true, root];
/** Values that a property must not have. */
const wrong: Record<string, unknown[]> = {
  protocol: [...integers, 0, 2, 1.5],
  algorithm: ["", huge, "x".repeat(65), 1, null, [], {}, new Uint8Array(40)],
  manifest: [new Uint8Array(7), new Uint8Array(9), new Uint8Array(0), "", 1, null, [], {}],
  collections: [
    ["A", "A"],
    [1],
    [null],
    [""],
    ["x".repeat(257)],
    Array.from({ length: 257 }, (_, i) => `c${i}`),
    1,
    {},
    "Contact",
  ],
  count: integers,
  root: [new Uint8Array(31), new Uint8Array(33), "", 1, null, [], {}],
  sketch: [new Uint8Array(12), new Uint8Array(26).fill(0xff), new Uint8Array(0), 1, null, [], {}],
  window: [4, ...integers],
  after: [1, null, [], {}, "x", { key: "x" }, { collection: "" }, { collection: 1 }, { collection: "Contact", key: 1 }],
};

describe.each(platforms)("%s", (_, adapter) => {
  let world: World;
  let app: App;

  beforeEach(async () => {
    world = await openWorld();
    await addAccount(world.prisma, "ada", 3);
    app = await openApp(adapter(), world.prisma, () => grantOf("ada"));
  });
  afterEach(async () => {
    await app.close();
    await world.database.remove();
  });

  /** After whatever was done to it, the app answers, and has logged nothing. */
  async function isFine(): Promise<void> {
    const { status } = await app.post("verify", encodeVerifyRequest({ ...common, count: 0, root }), cbor);
    expect({ status, errors: app.errors }).toEqual({ status: 200, errors: [] });
  }

  describe.each<MediaType>(["application/cbor", "application/json"])("as %s", (media) => {
    const headers = { "content-type": media, accept: media };
    const post = (path: string, value: unknown) => app.post(path, encoded(value, media), headers);

    test("every property: missing, of the wrong type, too large, out of bounds", async () => {
      const optional = ["collections", "sketch", "window", "after"];
      for (const [path, message] of Object.entries({ verify, pull })) {
        expect((await post(path, message)).status).toBe(200);
        for (const name of Object.keys(message)) {
          const { [name]: left, ...without } = message;
          const absent = await post(path, without);
          expect([path, name, absent.status]).toEqual([path, name, optional.includes(name) ? 200 : 400]);
          for (const value of wrong[name] ?? []) {
            const { status, code } = await post(path, { ...message, [name]: value });
            const expected =
              name === "protocol" ? /^(invalid-message|unsupported-protocol)$/ : /^(invalid-message|malformed)$/;
            expect([path, name, status, expected.test(code), value]).toEqual([path, name, 400, true, value]);
          }
        }
      }
      await isFine();
    });

    test("whole messages of the wrong kind", async () => {
      for (const value of [
        null,
        true,
        0,
        "",
        [],
        [[]],
        root,
        {},
        { "": 1 },
        JSON.parse('{"__proto__": {"protocol": 1}}'),
      ])
        expect((await post("verify", value)).status).toBe(400);
      const unknown = { ...verify, constructor: 1, toString: { a: [1] }, hasOwnProperty: null, z: huge };
      expect((await post("verify", unknown)).status).toBe(200);
      await isFine();
    });
  });

  test("CBOR cut off at every byte, and with every byte changed", async () => {
    const honest = encodePullRequest({ ...common, after: { collection: "Contact", key: "a" } });
    for (let at = 0; at < honest.length; at++) {
      const { status, code } = await app.post("pull", honest.slice(0, at), cbor);
      expect([at, status, /^(malformed|invalid-message)$/.test(code)]).toEqual([at, 400, true]);
      const changed = honest.slice();
      changed[at] = (changed[at] as number) ^ 0xff;
      expect([200, 400]).toContain((await app.post("pull", changed, cbor)).status);
    }
    await isFine();
  });

  test.each([
    ["arrays nested 300,000 deep", new Uint8Array(300_000).fill(0x81)],
    ["maps nested 100,000 deep", Buffer.from("a16161".repeat(100_000), "hex")],
    ["a map that says it has 2^53 entries", Buffer.from("bb001fffffffffffff6161", "hex")],
    ["a byte string that says it has 2^64 - 1 bytes", Buffer.from("a164726f6f745bffffffffffffffff00", "hex")],
    ["an array of 2^32 collections", Buffer.from("a16b636f6c6c656374696f6e739affffffff", "hex")],
    ["a name twice", Buffer.from("a265636f756e740065636f756e7401", "hex")],
    ["invalid UTF-8", Buffer.from("a162c32800", "hex")],
    ["an indefinite length", Buffer.from("bf6161ff", "hex")],
    ["a tag", Buffer.from("c0a0", "hex")],
    ["600,000 empty byte strings to skip, and no protocol", skipped("40", 600_000)],
    ["200,000 short texts to skip, and no protocol", skipped("62c3a4", 200_000)],
    [
      "200,000 short texts to skip, the last of which is no UTF-8",
      Buffer.concat([skipped("62c3a4", 200_000).subarray(0, -1), Buffer.of(0)]),
    ],
    [
      "65 properties",
      Buffer.from(`b841${Array.from({ length: 65 }, (_, i) => `62${(0x3030 + i).toString(16)}00`).join("")}`, "hex"),
    ],
    ["nothing", new Uint8Array(0)],
    ["bytes behind the end", Buffer.from("a000", "hex")],
  ])("CBOR: %s", async (_what, body) => {
    for (const path of ["verify", "pull"]) {
      const answer = await app.post(path, body, cbor);
      expect(answer).toMatchObject({ status: 400 });
      expect(["malformed", "invalid-message"]).toContain(answer.code);
    }
    await isFine();
  });

  test.each([
    ["brackets nested 50,000 deep", "[".repeat(50_000)],
    ["objects nested 10,000 deep", `{"protocol":1,"x":${'{"a":'.repeat(10_000)}1${"}".repeat(10_001)}`],
    ["a lone surrogate in hex", '{"protocol":1,"root":"\\ud800"}'],
    ["1e999", '{"protocol":1e999}'],
    ["nothing", ""],
    ["a name twice", '{"protocol":2,"protocol":1}'],
  ])("JSON: %s", async (_what, body) => {
    const { status } = await app.post("verify", body, { "content-type": "application/json" });
    expect(status).toBe(400);
    await isFine();
  });

  test("media types that are none of ours, and compression", async () => {
    const body = encodeVerifyRequest({ ...common, count: 0, root });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "image/png", "application/cbor-seq"])
      expect((await app.post("verify", body, { "content-type": type })).status).toBe(415);
    expect((await app.post("verify", body, { ...cbor, "content-encoding": "gzip" })).status).toBe(415);
    expect((await app.post("verify", body, { "content-type": "APPLICATION/CBOR; x=y" })).status).toBe(200);
    for (const accept of [",,,", "*/*;q=x", "a".repeat(5_000), "application/json;q=1e9"])
      expect((await app.post("verify", body, { ...cbor, accept })).status).toBe(200);
    await isFine();
  });

  test("bodies past the limit, whole, announced and in chunks", async () => {
    const { status, code } = await app.post("verify", new Uint8Array(limits.requestBytes + 1), cbor);
    expect([status, code]).toEqual([413, "too-large"]);
    const head = "POST /sync/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n";
    expect(await app.raw(`${head}content-length: 99999999999\r\n\r\n`, /too-large/)).toContain("413");
    const chunk = `${(100_000).toString(16)}\r\n${"x".repeat(100_000)}\r\n`;
    const endless = `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(40)}`;
    expect(await app.raw(endless, /too-large/)).toContain("413");
    await isFine();
  });

  test("JSON has a limit of its own, whoever reads it", async () => {
    const body = JSON.stringify({ ...common, manifest: toHex(common.manifest), x: "y".repeat(limits.jsonBytes) });
    const { status } = await app.post("verify", body, { "content-type": "application/json" });
    expect(status).toBe(413);
    await isFine();
  });

  test("lengths that lie, chunks that do not parse, connections that end or wait in the middle", async () => {
    const head = "POST /sync/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\n";
    expect(await app.raw(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`, /HTTP/)).toContain("400");
    expect(await app.raw(`${head}content-length: 3\r\n\r\nabcdef`, /HTTP/)).toContain("400");
    // Left open until the app closes: it must not keep others waiting.
    void app.raw(`${head}content-length: 1000\r\n\r\nabc`, /HTTP/);
    void app.raw(`${head}transfer-encoding: chunked\r\n\r\n5\r\nabc`, /HTTP/);
    void app.raw(head, /HTTP/);
    await isFine();
  });

  test("no errors of ours quote what was sent", async () => {
    const told = "qzsecretzq";
    const bodies = [
      { ...verify, algorithm: told, root: told },
      { ...verify, collections: [told, told] },
      { protocol: told },
    ];
    for (const body of bodies) {
      const answer = await app.post("verify", encoded(body, "application/cbor"), cbor);
      expect(answer.status).toBe(400);
      expect(answer.body.toString()).not.toContain(told);
    }
    await isFine();
  });
});
