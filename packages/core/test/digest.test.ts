import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { algorithm, registerAlgorithm, sha256 } from "../src/algorithm.js";
import { compileDigest, digestElement } from "../src/digest.js";
import { sha256 as browserSha256 } from "../src/sha256.browser.js";
import { sha256 as portableSha256 } from "../src/sha256.js";
import { sha256 as nodeSha256 } from "../src/sha256.node.js";
import { oracle } from "./encoding-oracle.js";
import { fc } from "./property.js";

function sha256ByOracle(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

describe("SHA-256", () => {
  it("is the same with and without node:crypto", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(portableSha256(bytes)).toEqual(sha256ByOracle(bytes));
        expect(browserSha256(bytes)).toEqual(sha256ByOracle(bytes));
        expect(nodeSha256(bytes)).toEqual(sha256ByOracle(bytes));
      }),
    );
    for (const length of [0, 55, 56, 63, 64, 65, 119, 120, 100_000]) {
      const bytes = new Uint8Array(length).fill(length);
      expect(portableSha256(bytes)).toEqual(sha256ByOracle(bytes));
      expect(browserSha256(bytes)).toEqual(sha256ByOracle(bytes));
    }
  });

  it("is a plain Uint8Array of its own memory on every platform", () => {
    for (const hash of [nodeSha256, portableSha256]) {
      const digest = hash(Uint8Array.of(1));
      expect(digest.constructor).toBe(Uint8Array);
      expect(digest.buffer.byteLength).toBe(32);
    }
  });
});

describe("row digest", () => {
  it("is the hash of the CBOR array [collection, row]", () => {
    const row = { id: "c1", age: 36 };
    expect(compileDigest("Contact", "sha256")(oracle(row))).toEqual(sha256ByOracle(oracle(["Contact", row])));
  });

  it("does not depend on what was hashed before, large or small", () => {
    const digest = compileDigest("Contact", "sha256");
    for (const length of [0, 200, 10, 70_000, 65_000, 3, 65_536])
      expect(digest(oracle("x".repeat(length)))).toEqual(sha256ByOracle(oracle(["Contact", "x".repeat(length)])));
  });

  it("tells equal rows of two collections apart", () => {
    const encoding = oracle({ id: "1" });
    expect(compileDigest("A", "sha256")(encoding)).not.toEqual(compileDigest("B", "sha256")(encoding));
  });

  it("has four elements of eight bytes", () => {
    const digest = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect([...digestElement(digest)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...digestElement(digest, 3)]).toEqual([24, 25, 26, 27, 28, 29, 30, 31]);
  });
});

describe("algorithms", () => {
  it("are known by their name, shorter hashes padded to 32 bytes", () => {
    registerAlgorithm({ name: "test-length", hash: (bytes) => Uint8Array.of(bytes.length) });
    expect([...algorithm("test-length").hash(new Uint8Array(7))]).toEqual([7, ...new Array(31).fill(0)]);
    expect(compileDigest("A", "test-length")(Uint8Array.of(0xa0))).toHaveLength(32);
    expect(algorithm("sha256").hash(Uint8Array.of(1))).toEqual(sha256(Uint8Array.of(1)));
  });

  it("are refused when nobody registered them, or when they give too many bytes", () => {
    expect(() => algorithm("md4")).toThrow(
      expect.objectContaining({ code: "unknown-algorithm", message: expect.stringContaining('"md4"') }),
    );
    expect(() => compileDigest("A", "__proto__")).toThrow(expect.objectContaining({ code: "unknown-algorithm" }));
    registerAlgorithm({ name: "test-long", hash: () => new Uint8Array(64) });
    expect(() => algorithm("test-long").hash(new Uint8Array(0))).toThrow(RangeError);
  });
});
