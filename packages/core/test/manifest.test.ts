import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { collectionFingerprint, fingerprint } from "../src/fingerprint.js";
import { toHex } from "../src/hex.js";
import type { Collection, Manifest } from "../src/manifest.js";
import { findCollection, parseManifest } from "../src/manifest-check.js";
import { oracle } from "./encoding-oracle.js";

const contact: Collection = {
  name: "Contact",
  fields: [
    { name: "id", type: "String" },
    { name: "accountId", type: "String" },
    { name: "weight", type: "Float", single: true, optional: true },
    { name: "tags", type: "String", list: true },
    { name: "archived", type: "Boolean" },
  ],
  key: ["id"],
  scope: ["accountId"],
  where: { archived: false },
};
const account: Collection = { name: "Account", fields: [{ name: "id", type: "Int" }], key: ["id"], scope: [] };
const manifest: Manifest = { version: 1, algorithm: "sha256", collections: [account, contact] };

function manifestWith(change: Record<string, unknown>): unknown {
  return { ...manifest, collections: [{ ...contact, ...change }] };
}

describe("fingerprint", () => {
  it("is the first 8 bytes of the SHA-256 of the manifest's DAG-CBOR", () => {
    const shape = {
      version: 1,
      algorithm: "sha256",
      collections: [
        { name: "Account", fields: [{ name: "id", type: "Int" }], key: ["id"], scope: [] },
        {
          name: "Contact",
          fields: [
            { name: "accountId", type: "String" },
            { name: "archived", type: "Boolean" },
            { name: "id", type: "String" },
            { name: "tags", type: "String", list: true },
            { name: "weight", type: "Float", single: true },
          ],
          key: ["id"],
          scope: ["accountId"],
          where: { archived: false },
        },
      ],
    };
    const expected = createHash("sha256").update(oracle(shape)).digest("hex").slice(0, 16);
    expect(toHex(fingerprint(manifest))).toBe(expected);
  });

  it("is that of a manifest with one collection, for one collection", () => {
    expect(collectionFingerprint(contact, "sha256")).toEqual(fingerprint({ ...manifest, collections: [contact] }));
  });

  const reordered = { ...manifest, collections: [{ ...contact, fields: [...contact.fields].reverse() }, account] };
  const nullable = { ...account, fields: [{ ...account.fields[0]!, optional: true as const }] };
  it.each<[string, Manifest]>([
    ["the order of collections and fields", reordered],
    ["whether a field may be null", { ...manifest, collections: [nullable, contact] }],
    ["a filter without conditions", { ...manifest, collections: [{ ...account, where: {} }, contact] }],
    ["what else the object carries", { ...manifest, provider: "sqlite", tables: [] } as Manifest],
  ])("does not count %s", (_, same) => {
    expect(fingerprint(same)).toEqual(fingerprint(manifest));
  });

  it.each<[string, Partial<Collection>]>([
    ["the name", { name: "Contacts" }],
    ["a field's name", { fields: contact.fields.map((field, i) => (i === 2 ? { ...field, name: "mass" } : field)) }],
    ["a field's type", { fields: contact.fields.map((field, i) => (i === 0 ? { ...field, type: "Enum" } : field)) }],
    ["whether a field is a list", { fields: contact.fields.map(({ list: _, ...field }) => field) }],
    ["whether a field is single-precision", { fields: contact.fields.map(({ single: _, ...field }) => field) }],
    ["a field more", { fields: [...contact.fields, { name: "more", type: "Int", optional: true }] }],
    ["the key", { key: ["accountId", "id"] }],
    ["the scope", { scope: ["account.id"] }],
    ["the filter", { where: { archived: null } }],
  ])("counts %s", (_, change) => {
    expect(collectionFingerprint({ ...contact, ...change }, "sha256")).not.toEqual(
      collectionFingerprint(contact, "sha256"),
    );
  });

  it("counts the order of the key, which is part of the key's text", () => {
    expect(collectionFingerprint({ ...contact, key: ["id", "accountId"] }, "sha256")).not.toEqual(
      collectionFingerprint({ ...contact, key: ["accountId", "id"] }, "sha256"),
    );
  });

  it("counts the algorithm", () => {
    expect(collectionFingerprint(contact, "md5")).not.toEqual(collectionFingerprint(contact, "sha256"));
  });
});

describe("parsing a manifest", () => {
  it("returns what it was given, without what a manifest does not have, collections sorted", () => {
    const from = { ...manifest, provider: "sqlite", collections: [{ ...contact, extra: 1 }, account] };
    expect(parseManifest(JSON.parse(JSON.stringify(from)))).toEqual(manifest);
    expect(parseManifest(manifest)).toEqual(manifest);
  });

  it("sorts collections by code unit, not by language", () => {
    const names = ["b", "B", "a_", "aB", "A"];
    const collections = names.map((name) => ({ ...account, name }));
    expect(parseManifest({ ...manifest, collections }).collections.map(({ name }) => name)).toEqual([
      "A",
      "B",
      "aB",
      "a_",
      "b",
    ]);
  });

  it.each<[string, unknown, string]>([
    ["no object", null, "the manifest must be an object"],
    ["an array", [], "the manifest must be an object"],
    ["another version", { ...manifest, version: 2 }, "version must be 1"],
    ["no algorithm", { ...manifest, algorithm: undefined }, "algorithm"],
    ["no collections", { ...manifest, collections: {} }, "collections must be an array"],
    ["a collection twice", { ...manifest, collections: [account, account] }, "collection Account is listed twice"],
    [
      "too many collections",
      { ...manifest, collections: Array.from({ length: 257 }, (_, i) => ({ ...account, name: `C${i}` })) },
      "at most 256",
    ],
    ["a name that is none of Prisma's", manifestWith({ name: "__proto__" }), "Prisma name"],
    ["no fields", manifestWith({ fields: undefined }), "the fields of Contact must be an array"],
    [
      "a field twice",
      manifestWith({ fields: [...contact.fields, contact.fields[0]] }),
      "field of Contact id is listed twice",
    ],
    ["a field without name", manifestWith({ fields: [{ type: "Int" }] }), "a field's name in Contact"],
    [
      "an unknown type",
      manifestWith({ fields: [{ name: "id", type: "Point" }] }),
      'Contact.id has the unknown type "Point"',
    ],
    ["a type from the prototype", manifestWith({ fields: [{ name: "id", type: "toString" }] }), "unknown type"],
    [
      "a list that is neither true nor absent",
      manifestWith({ fields: [{ name: "id", type: "String", list: 1 }] }),
      "Contact.id: list",
    ],
    [
      "single precision of no Float",
      manifestWith({ fields: [{ name: "id", type: "Int", single: true }] }),
      "not a Float",
    ],
    ["no key", manifestWith({ key: [] }), "the key of Contact must name"],
    ["a key that is no field", manifestWith({ key: ["name"] }), 'names "name"'],
    ["a key that is null", manifestWith({ key: [null] }), "no field of it"],
    ["a key that may be null", manifestWith({ fields: [{ name: "id", type: "Int", optional: true }] }), "required"],
    ["a key that is a list", manifestWith({ key: ["tags"] }), "no list"],
    ["a key of a type that is no key's", manifestWith({ key: ["archived"] }), "not Boolean"],
    ["a key field twice", manifestWith({ key: ["id", "id"] }), "listed twice"],
    ["a scope that is no path", manifestWith({ scope: ["account..id"] }), "paths such as"],
    ["a scope path twice", manifestWith({ scope: ["a", "a"] }), "listed twice"],
    ["a filter that is no object", manifestWith({ where: ["archived"] }), "the filter of Contact must be an object"],
    ["a filter of another type", manifestWith({ where: { archived: "no" } }), "compares a Boolean with a string"],
    ["a filter on a list", manifestWith({ where: { tags: "a" } }), "String list"],
    ["a filter with an object", manifestWith({ where: { archived: { not: true } } }), "must compare with"],
    ["a filter with NaN", manifestWith({ where: { weight: NaN } }), "finite"],
  ])("refuses %s", (_, value, message) => {
    expect(() => parseManifest(value)).toThrow(
      expect.objectContaining({ code: "invalid-manifest", message: expect.stringContaining(message) }),
    );
  });
});

describe("finding a collection", () => {
  it("goes by its exact name", () => {
    expect(findCollection(manifest, "Contact")).toBe(contact);
    expect(() => findCollection(manifest, "contact")).toThrow(
      expect.objectContaining({
        code: "unknown-collection",
        collection: "contact",
        message: expect.stringContaining("Account, Contact"),
      }),
    );
  });
});
