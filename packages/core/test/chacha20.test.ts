import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { addKeystream as compact } from "../src/chacha20.browser.js";
import { addKeystream as unrolled } from "../src/chacha20.js";
import { digestOf } from "./seeded.js";

describe.each([
  ["of Node", unrolled],
  ["of browsers", compact],
])("the ChaCha20 keystream %s", (_, addKeystream) => {
  function keystream(key: Uint8Array): Buffer {
    const lanes = new Uint32Array(128);
    addKeystream(lanes, key, 1);
    const bytes = Buffer.alloc(512);
    lanes.forEach((lane, index) => {
      bytes.writeUInt32LE(lane, 4 * index);
    });
    return bytes;
  }

  // RFC 8439, appendix A.1; #5 has a nonce, which we never have.
  it.each([
    {
      vector: 1,
      key: "00".repeat(32),
      block: 0,
      stream:
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    },
    {
      vector: 2,
      key: "00".repeat(32),
      block: 1,
      stream:
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
    },
    {
      vector: 3,
      key: `${"00".repeat(31)}01`,
      block: 1,
      stream:
        "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0",
    },
    {
      vector: 4,
      key: `00ff${"00".repeat(30)}`,
      block: 2,
      stream:
        "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096",
    },
  ])("is that of RFC 8439, A.1, test vector $vector", ({ key, block, stream }) => {
    const bytes = keystream(new Uint8Array(Buffer.from(key, "hex")));
    expect(bytes.subarray(64 * block, 64 * block + 64).toString("hex")).toBe(stream);
  });

  it("equals that of node:crypto for 512 bytes of many keys", () => {
    for (let number = 0; number < 500; number++) {
      const key = digestOf(number);
      const expected = createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(512));
      expect(keystream(key).equals(expected)).toBe(true);
    }
  });

  it("reads the key where it lies in a larger buffer", () => {
    const buffer = new Uint8Array(40);
    buffer.set(digestOf(7), 3);
    expect(keystream(buffer.subarray(3, 35))).toEqual(keystream(digestOf(7)));
  });

  it("is taken away as it was added, lanes wrapping at 2^32", () => {
    const before = new Uint32Array(128).map((_, lane) => (lane % 2 === 0 ? 0xffffffff : lane));
    const lanes = before.slice();
    addKeystream(lanes, digestOf(1), 1);
    expect(lanes).not.toEqual(before);
    addKeystream(lanes, digestOf(1), -1);
    expect(lanes).toEqual(before);
  });
});
