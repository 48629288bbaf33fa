// The tables of a Prisma schema as Prisma Migrate makes them on MySQL, from the schema's DMMF.

/** Prisma's types without a native type. */
const types = {
  String: "VARCHAR(191)",
  Boolean: "BOOLEAN",
  Int: "INTEGER",
  BigInt: "BIGINT",
  Float: "DOUBLE",
  Decimal: "DECIMAL(65, 30)",
  DateTime: "DATETIME(3)",
  Json: "JSON",
  Bytes: "LONGBLOB",
};

const actions = {
  Cascade: "CASCADE",
  SetNull: "SET NULL",
  SetDefault: "SET DEFAULT",
  Restrict: "RESTRICT",
  NoAction: "NO ACTION",
};

/**
 * Statements, each ended by `;` at the end of a line.
 *
 * @param {{emulated: boolean}} options whether Prisma emulates relations, and the database has no foreign keys
 */
export function mysqlDefinition(datamodel, { emulated }) {
  const tables = datamodel.models.map((model) => table(model, datamodel));
  const foreignKeys = datamodel.models.flatMap((model) => foreignKeysOf(model, datamodel));
  const joins = joinTables(datamodel);
  const constraints = emulated ? [] : [...foreignKeys, ...joins.flatMap(joinForeignKeys)];
  return [...tables, ...joins.map(joinTable), ...constraints].join("\n");
}

const id = (name) => `\`${name}\``;
const list = (names) => names.map(id).join(", ");
const tableName = (model) => model.dbName ?? model.name;
const columnName = (model, field) => {
  const found = model.fields.find(({ name }) => name === field);
  return found.dbName ?? found.name;
};
const modelNamed = (datamodel, name) => datamodel.models.find((model) => model.name === name);

function table(model, datamodel) {
  const lines = model.fields
    .filter(({ kind }) => kind === "scalar" || kind === "enum")
    .map((field) => column(field, datamodel));
  for (const index of datamodel.indexes.filter((one) => one.model === model.name)) lines.push(indexLine(model, index));
  return createTable(tableName(model), lines);
}

const createTable = (name, lines) =>
  `CREATE TABLE ${id(name)} (\n    ${lines.join(",\n    ")}\n) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;`;

function column(field, datamodel) {
  const parts = [id(field.dbName ?? field.name), typeOf(field, datamodel), field.isRequired ? "NOT NULL" : "NULL"];
  if (field.hasDefaultValue) {
    const text = defaultText(field, datamodel);
    if (text !== undefined) parts.push(text);
  }
  return parts.join(" ");
}

function typeOf(field, datamodel) {
  if (field.kind === "enum") {
    const { values } = datamodel.enums.find(({ name }) => name === field.type);
    return `ENUM(${values.map((value) => text(value.dbName ?? value.name)).join(", ")})`;
  }
  if (!field.nativeType) return types[field.type];
  const [name, args] = field.nativeType;
  const inner = args.length > 0 ? `(${args.join(", ")})` : "";
  const unsigned = /^Unsigned(.*)$/.exec(name);
  return unsigned ? `${nativeName(unsigned[1])}${inner} UNSIGNED` : `${nativeName(name)}${inner}`;
}

const nativeName = (name) => ({ Int: "INTEGER", Bit: "BIT" })[name] ?? name.toUpperCase();

const text = (value) => `'${String(value).replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

/** Defaults that Prisma itself fills in (uuid(), cuid(), ...) leave no trace in the database. */
function defaultText({ default: value, kind, type, nativeType }, datamodel) {
  if (typeof value === "object" && value !== null && "name" in value) {
    if (value.name === "autoincrement") return "AUTO_INCREMENT";
    if (value.name === "now") return `DEFAULT CURRENT_TIMESTAMP(${nativeType?.[1]?.[0] ?? 3})`;
    return value.name === "dbgenerated" ? `DEFAULT ${value.args[0]}` : undefined;
  }
  if (kind === "enum") {
    const { values } = datamodel.enums.find(({ name }) => name === type);
    return `DEFAULT ${text(values.find(({ name }) => name === value).dbName ?? value)}`;
  }
  return `DEFAULT ${["String", "Json", "DateTime"].includes(type) ? text(value) : value}`;
}

function indexLine(model, { type, fields, dbName }) {
  const columns = fields.map(({ name, length }) => columnName(model, name) + (length ? `\`(${length})` : ""));
  const names = columns.map((name) => (name.includes("`(") ? `\`${name}` : id(name))).join(", ");
  if (type === "id") return `PRIMARY KEY (${names})`;
  const plain = fields.map(({ name }) => columnName(model, name)).join("_");
  const named = dbName ?? `${tableName(model)}_${plain}_${type === "unique" ? "key" : "idx"}`;
  return `${type === "unique" ? "UNIQUE " : ""}INDEX ${id(named)}(${names})`;
}

function foreignKeysOf(model, datamodel) {
  return model.fields
    .filter(({ relationFromFields }) => relationFromFields?.length > 0)
    .map((field) => {
      const other = modelNamed(datamodel, field.type);
      const columns = field.relationFromFields.map((name) => columnName(model, name));
      return foreignKey(tableName(model), columns, {
        table: tableName(other),
        columns: field.relationToFields.map((name) => columnName(other, name)),
        onDelete: actions[field.relationOnDelete ?? (field.isRequired ? "Restrict" : "SetNull")],
        onUpdate: actions[field.relationOnUpdate ?? "Cascade"],
      });
    });
}

const foreignKey = (from, columns, { table: to, columns: references, onDelete, onUpdate }) =>
  `ALTER TABLE ${id(from)} ADD CONSTRAINT ${id(`${from}_${columns.join("_")}_fkey`)} FOREIGN KEY (${list(columns)}) ` +
  `REFERENCES ${id(to)}(${list(references)}) ON DELETE ${onDelete} ON UPDATE ${onUpdate};`;

/** Implicit many-to-many relations: Prisma's table is `_Relation`, A is the model whose name comes first. */
function joinTables(datamodel) {
  const found = new Map();
  for (const model of datamodel.models) {
    for (const field of model.fields) {
      const other = field.isList && field.relationName ? modelNamed(datamodel, field.type) : undefined;
      const back = other?.fields.find(
        (one) => one.relationName === field.relationName && one.isList && (one.name !== field.name || other !== model),
      );
      if (!back) continue;
      const [a, b] = model.name <= other.name ? [model, other] : [other, model];
      found.set(`_${field.relationName}`, { a, b, datamodel });
    }
  }
  return [...found].map(([name, sides]) => ({ name, ...sides }));
}

const idField = (model) => model.fields.find(({ isId }) => isId);

function joinTable({ name, a, b, datamodel }) {
  return createTable(name, [
    `\`A\` ${typeOf(idField(a), datamodel)} NOT NULL`,
    `\`B\` ${typeOf(idField(b), datamodel)} NOT NULL`,
    `UNIQUE INDEX ${id(`${name}_AB_unique`)}(\`A\`, \`B\`)`,
    `INDEX ${id(`${name}_B_index`)}(\`B\`)`,
  ]);
}

const joinForeignKeys = ({ name, a, b }) =>
  [
    ["A", a],
    ["B", b],
  ].map(([side, model]) => {
    const columns = [columnName(model, idField(model).name)];
    return foreignKey(name, [side], { table: tableName(model), columns, onDelete: "CASCADE", onUpdate: "CASCADE" });
  });
