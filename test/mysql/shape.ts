import type { Collection, Field } from "@digest-sync/core";
import type {
  DatabaseManifest,
  ForeignKey,
  Hop,
  ReferentialAction,
  RelationList,
  ScopePath,
  Table,
} from "@digest-sync/engine";

/** A reference to another model: the column `name`. */
export interface Reference {
  readonly name: string;
  readonly to: string;
  readonly optional?: boolean;
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
}

/** A model with an id, a label, the scope column `owner`, and references; its table has the same name. */
export interface Shape {
  readonly name: string;
  readonly references?: readonly Reference[];
  /** Names of models with which it has an implicit many-to-many relation, whose ids are a field of its rows. */
  readonly lists?: readonly string[];
  /** Undefined: not synced. `owner`, a reference's name, or a path: `parent.owner`. */
  readonly scope?: readonly string[];
}

const actions: Record<ReferentialAction, string> = {
  Cascade: "CASCADE",
  SetNull: "SET NULL",
  SetDefault: "SET DEFAULT",
  Restrict: "RESTRICT",
  NoAction: "NO ACTION",
};

/** Prisma's own defaults. */
const onDelete = ({ onDelete, optional }: Reference) => onDelete ?? (optional ? "SetNull" : "Restrict");
const onUpdate = ({ onUpdate }: Reference) => onUpdate ?? "Cascade";

const text = { type: "String" } as const;

function foreignKeys(shapes: readonly Shape[]): ForeignKey[] {
  return shapes.flatMap((shape) => [
    ...(shape.references ?? []).map((reference) => ({
      table: { name: shape.name },
      columns: [reference.name],
      to: { name: reference.to },
      references: ["id"],
      onDelete: onDelete(reference),
      onUpdate: onUpdate(reference),
    })),
    ...(shape.lists ?? []).flatMap((other) =>
      (
        [
          ["A", shape.name],
          ["B", other],
        ] as const
      ).map(([column, to]) => ({
        table: { name: joinName(shape.name, other) },
        columns: [column],
        to: { name: to },
        references: ["id"],
        onDelete: "Cascade" as const,
        onUpdate: "Cascade" as const,
      })),
    ),
  ]);
}

export const joinName = (own: string, other: string) => `_${own}To${other}`;

function path(shapes: readonly Shape[], shape: Shape, scope: string): ScopePath {
  const names = scope.split(".");
  const column = names.pop()!;
  let at = shape;
  const hops = names.map((name): Hop => {
    const reference = at.references!.find((one) => one.name === name)!;
    at = shapes.find((one) => one.name === reference.to)!;
    return {
      columns: [name],
      table: { name: at.name },
      references: ["id"],
      ...(reference.optional ? { optional: true as const } : {}),
    };
  });
  return { hops, column: { name: column } };
}

function collection(shape: Shape): Collection {
  const fields: Field[] = [
    { name: "id", ...text },
    { name: "label", ...text },
    { name: "owner", ...text, optional: true },
    ...(shape.references ?? []).map(({ name, optional }) => ({ name, ...text, ...(optional ? { optional } : {}) })),
    ...(shape.lists ?? []).map((name) => ({ name: `list${name}`, ...text, list: true as const })),
  ];
  return { name: shape.name, fields, key: ["id"], scope: shape.scope! };
}

function table(shapes: readonly Shape[], shape: Shape): Table {
  const names = ["id", "label", "owner", ...(shape.references ?? []).map(({ name }) => name)];
  const paths = shape.scope!.filter((one) => one.includes("."));
  const lists = (shape.lists ?? []).map((other): [string, RelationList] => [
    `list${other}`,
    {
      join: { name: joinName(shape.name, other) },
      own: "A",
      other: "B",
      column: "id",
      to: { name: other },
      references: "id",
      id: "id",
    },
  ]);
  return {
    model: shape.name,
    delegate: shape.name.toLowerCase(),
    name: shape.name,
    columns: Object.fromEntries(names.map((name) => [name, { name }])),
    ...(paths.length > 0 ? { paths: Object.fromEntries(paths.map((one) => [one, path(shapes, shape, one)])) } : {}),
    ...(lists.length > 0 ? { lists: Object.fromEntries(lists) } : {}),
  };
}

/** The manifest of these models and the DDL of their tables. */
export function build(shapes: readonly Shape[]): { manifest: DatabaseManifest; tables: string[] } {
  const synced = shapes.filter(({ scope }) => scope !== undefined);
  const keys = foreignKeys(shapes);
  const tables = [
    ...shapes.map(
      ({ name, references = [] }) =>
        `CREATE TABLE \`${name}\` (id VARCHAR(40) NOT NULL PRIMARY KEY, label VARCHAR(191) NOT NULL, owner VARCHAR(191) NULL${references
          .map((one) => `, \`${one.name}\` VARCHAR(40) ${one.optional ? "NULL" : "NOT NULL"}`)
          .join("")})`,
    ),
    ...shapes.flatMap(({ name, lists = [] }) =>
      lists.map(
        (other) =>
          `CREATE TABLE \`${joinName(name, other)}\` (A VARCHAR(40) NOT NULL, B VARCHAR(40) NOT NULL, UNIQUE (A, B), INDEX (B))`,
      ),
    ),
    ...keys.map(
      (key) =>
        `ALTER TABLE \`${key.table.name}\` ADD FOREIGN KEY (\`${key.columns[0]}\`) REFERENCES \`${key.to.name}\` (id) ON DELETE ${actions[key.onDelete]} ON UPDATE ${actions[key.onUpdate]}`,
    ),
  ];
  return {
    tables,
    manifest: {
      version: 1,
      algorithm: "sha256",
      provider: "mysql",
      collections: synced.map(collection).sort((a, b) => (a.name < b.name ? -1 : 1)),
      tables: synced.map((shape) => table(shapes, shape)),
      foreignKeys: keys,
    },
  };
}
