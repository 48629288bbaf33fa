import { createHash } from "node:crypto";
import { crc32 as crc32OfZlib } from "node:zlib";
import { describe, expect, it } from "vitest";
import { algorithm, registerAlgorithm } from "../src/algorithm.js";
import { toHex } from "../src/hex.js";
import { crc32, md5, sha1 } from "../src/weak-algorithms.js";
import { fc } from "./property.js";

describe("weak algorithms", () => {
  it.each([
    [md5, (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex")],
    [sha1, (bytes: Uint8Array) => createHash("sha1").update(bytes).digest("hex")],
    [crc32, (bytes: Uint8Array) => crc32OfZlib(bytes).toString(16).padStart(8, "0")],
  ])("$name is Node's", ({ hash }, oracle) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(toHex(hash(bytes))).toBe(oracle(bytes));
      }),
    );
    for (let length = 0; length < 200; length++) {
      const bytes = new Uint8Array(length).fill(length);
      expect(toHex(hash(bytes))).toBe(oracle(bytes));
    }
  });

  it("are unknown until they are registered, then padded to 32 bytes", () => {
    for (const weak of [crc32, md5, sha1]) {
      expect(() => algorithm(weak.name)).toThrow(expect.objectContaining({ code: "unknown-algorithm" }));
      registerAlgorithm(weak);
      const bytes = Uint8Array.of(1, 2, 3);
      expect(toHex(algorithm(weak.name).hash(bytes))).toBe(toHex(weak.hash(bytes)).padEnd(64, "0"));
    }
  });
});
