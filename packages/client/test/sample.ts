import { compileRowEncoder, type Manifest } from "@digest-sync/core";

/** What the tests sync: one key field of text, two key fields, and one collection that is there to be missing. */
export interface Contact {
  id: string;
  name: string | null;
}
export interface Member {
  team: string;
  user: number;
  since: Date | null;
}
export interface Note {
  id: string;
  text: string;
}
// A type, not an interface: `Rows extends Record<string, object>` wants an index signature.
export type Rows = { Contact: Contact; Member: Member; Note: Note };

export const manifest: Manifest<Rows> = {
  version: 1,
  algorithm: "sha256",
  collections: [
    {
      name: "Contact",
      fields: [
        { name: "id", type: "String" },
        { name: "name", type: "String", optional: true },
      ],
      key: ["id"],
      scope: [],
    },
    {
      name: "Member",
      fields: [
        { name: "team", type: "String" },
        { name: "user", type: "Int" },
        { name: "since", type: "DateTime", optional: true },
      ],
      key: ["team", "user"],
      scope: [],
    },
    {
      name: "Note",
      fields: [
        { name: "id", type: "String" },
        { name: "text", type: "String" },
      ],
      key: ["id"],
      scope: [],
    },
  ],
};

/** The manifest with other collections or another algorithm. */
export function changed(change: Partial<Manifest>): Manifest<Rows> {
  return { ...manifest, ...change } as Manifest<Rows>;
}

export const without = (name: string) => changed({ collections: manifest.collections.filter((c) => c.name !== name) });

export const contact = (id: string, name: string | null = `name of ${id}`): Contact => ({ id, name });
export const contacts = (count: number, from = 0): Contact[] =>
  Array.from({ length: count }, (_, i) => contact(`c${String(from + i).padStart(6, "0")}`));

export function encodingOf(collection: string, row: object): Uint8Array {
  const found = manifest.collections.find(({ name }) => name === collection)!;
  return compileRowEncoder(found)(row as Record<string, unknown>);
}
