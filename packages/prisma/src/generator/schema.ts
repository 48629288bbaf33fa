import type { Collection } from "@digest-sync/core";
import type { DatabaseManifest, Provider, Table } from "@digest-sync/engine";
import type { DMMF, GeneratorOptions } from "@prisma/generator-helper";
import { checkDigestModels, isDigestModel, providers } from "./digest-models.js";
import { annotationAt, type SyncedModel, syncedModel } from "./model.js";
import { Problems, suggestion } from "./problems.js";
import { foreignKeys, type Models } from "./relations.js";
import { readSource } from "./source.js";

/** What the generated files are made from. */
export interface SyncedSchema {
  readonly manifest: DatabaseManifest;
  /** Enum name -> its values' names, of every enum that a synced field uses. */
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** `Model.field` -> the enum's name. */
  readonly enumOf: ReadonlyMap<string, string>;
}

/** The parts of Prisma's generator options that matter here. */
export type SchemaInput = Pick<GeneratorOptions, "datamodel" | "datasources"> & {
  readonly dmmf: { readonly datamodel: DMMF.Datamodel };
  readonly generator: { readonly config: GeneratorOptions["generator"]["config"] };
};

/** Reads the annotated schema; everything that is wrong with it goes to `problems`. */
export function readSchema(input: SchemaInput, problems: Problems): SyncedSchema {
  const { datamodel } = input.dmmf;
  const source = readSource(input.datamodel);
  const schema: Models = {
    models: new Map(datamodel.models.map((model) => [model.name, model])),
    enums: new Map(datamodel.enums.map((definition) => [definition.name, definition])),
    views: source.views,
  };
  const provider = providerOf(input.datasources[0]?.activeProvider, problems);
  const models: SyncedModel[] = [];
  for (const model of datamodel.models) {
    const annotation = annotationAt(model.name, model.documentation, problems);
    if (annotation?.kind === "omit") {
      problems.error(model.name, "@sync.omit is for fields. A model is left out by not writing @sync above it.");
    }
    if (annotation?.kind !== "sync") {
      checkUnsynced(model, problems);
    } else if (source.views.has(model.name)) {
      problems.error(
        model.name,
        "A view cannot be synced: no trigger sees its rows change. Sync the tables behind it.",
      );
    } else if (isDigestModel(model)) {
      problems.error(model.name, "The tables of Digest Sync cannot be synced themselves.");
    } else {
      models.push(syncedModel(model, annotation, schema, provider ?? "sqlite", problems));
    }
  }
  models.sort((a, b) => (a.collection.name < b.collection.name ? -1 : 1));
  const synced = new Set(models.map(({ collection }) => collection.name));
  for (const { model, field } of source.unsupported) {
    if (!synced.has(model)) continue;
    problems.error(`${model}.${field}`, "A field of type Unsupported cannot be synced. Leave it out: /// @sync.omit");
  }
  checkAnnotations(datamodel, source.annotations, source.twoSlashes, problems);
  if (models.length === 0) {
    problems.warning("Schema", "No model is synced. Write /// @sync above one: /// @sync(scope: accountId)");
  } else if (provider !== undefined) {
    checkDigestModels(datamodel, provider, problems);
  }
  const collections = models.map(({ collection }) => collection);
  return {
    manifest: {
      version: 1,
      algorithm: algorithmOf(input.generator.config.algorithm, problems),
      collections,
      provider: provider ?? "sqlite",
      tables: models.map(({ table }): Table => table),
      // Only MySQL's cascades are silent: elsewhere the rows' own triggers see them.
      ...(provider === "mysql" && !source.emulatedRelations ? { foreignKeys: foreignKeys(schema) } : {}),
      ...(source.emulatedRelations ? { emulatedRelations: true as const } : {}),
    },
    ...enumsOf(collections, datamodel),
  };
}

/** Annotations at fields of models without `@sync` have no effect, but a fault in them is a fault all the same. */
function checkUnsynced(model: DMMF.Model, problems: Problems): void {
  for (const field of model.fields) {
    const where = `${model.name}.${field.name}`;
    if (annotationAt(where, field.documentation, problems)?.kind === "sync") {
      problems.error(where, `@sync belongs above the model ${model.name}, not at a field.`);
    }
  }
}

/** Annotations that Prisma attached to nothing, or to an enum, would silently do nothing: one may protect a secret. */
function checkAnnotations(
  datamodel: DMMF.Datamodel,
  written: readonly string[],
  twoSlashes: readonly string[],
  problems: Problems,
): void {
  const attached = datamodel.models
    .flatMap((model) => [model.documentation, ...model.fields.map((field) => field.documentation)])
    .flatMap((documentation) => documentation?.split("\n") ?? [])
    .map((line) => line.trim());
  for (const annotation of written) {
    const index = attached.indexOf(annotation);
    if (index >= 0) attached.splice(index, 1);
    else
      problems.error(
        "Schema",
        `"/// ${annotation}" has no effect where it is. Put it right above a model or field (without @ignore).`,
      );
  }
  for (const comment of twoSlashes) {
    problems.warning("Schema", `"${comment}" has no effect. An annotation begins with three slashes: /${comment}`);
  }
}

/** The provider, or undefined when there is no dialect for it (reported). */
function providerOf(name: string | undefined, problems: Problems): Provider | undefined {
  const provider = providers.find((supported) => supported === (name === "postgres" ? "postgresql" : name));
  if (provider !== undefined) return provider;
  const reason =
    name === "cockroachdb"
      ? "CockroachDB has no triggers that see a whole statement and locks rows by other rules than PostgreSQL. "
      : "";
  problems.error(
    "datasource",
    `The provider ${JSON.stringify(name ?? "")} is not supported. ${reason}Supported: ${providers.join(", ")}.`,
  );
  return undefined;
}

/** The algorithms of this project; others can be registered in code. */
const algorithms = ["sha256", "sha1", "md5", "crc32"];

function algorithmOf(configured: string | string[] | undefined, problems: Problems): string {
  if (configured === undefined) return "sha256";
  const name = String(configured);
  if (algorithms.includes(name)) return name;
  const near = suggestion(name, algorithms);
  if (near !== "") problems.error("generator", `There is no digest algorithm "${name}".${near}`);
  else problems.warning("generator", `Register the algorithm "${name}" on the server and on every client.`);
  return name;
}

function enumsOf(
  collections: readonly Collection[],
  datamodel: DMMF.Datamodel,
): Pick<SyncedSchema, "enums" | "enumOf"> {
  const enumOf = new Map<string, string>();
  for (const { name, fields } of collections) {
    const model = datamodel.models.find((candidate) => candidate.name === name)!;
    for (const { name: field, type } of fields) {
      if (type !== "Enum") continue;
      enumOf.set(`${name}.${field}`, model.fields.find((candidate) => candidate.name === field)!.type);
    }
  }
  const used = datamodel.enums.filter(({ name }) => [...enumOf.values()].includes(name));
  return { enumOf, enums: new Map(used.map(({ name, values }) => [name, values.map((value) => value.name)])) };
}
