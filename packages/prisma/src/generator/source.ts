/**
 * What Prisma's DMMF leaves out and a sync must not miss: views, `Unsupported` fields, and comments that are attached
 * to nothing. Read from the schema's text, line by line.
 */
export interface SchemaSource {
  readonly views: ReadonlySet<string>;
  /** Fields of type `Unsupported("...")` that are not left out by `@sync.omit`: Prisma cannot read them. */
  readonly unsupported: readonly { readonly model: string; readonly field: string }[];
  /** Every line of documentation that begins with `@sync`, except those of fields that Prisma itself leaves out. */
  readonly annotations: readonly string[];
  /** Ordinary comments that were probably meant as documentation: `// @sync.omit`. */
  readonly twoSlashes: readonly string[];
  /** `relationMode = "prisma"`: the database has no foreign keys. */
  readonly emulatedRelations: boolean;
}

export function readSource(datamodel: string): SchemaSource {
  const views = new Set<string>();
  const unsupported: { model: string; field: string }[] = [];
  const annotations: string[] = [];
  const twoSlashes: string[] = [];
  let emulatedRelations = false;
  let model: string | undefined;
  let pending: string[] = [];
  for (const line of datamodel.split(/\r?\n/)) {
    const { code, comment } = splitComment(line);
    const annotation = /^\/\/\/\s*(@sync.*)$/i.exec(comment)?.[1]?.trim();
    if (annotation !== undefined) pending.push(annotation);
    else if (/^\/\/\s*@sync/.test(comment)) twoSlashes.push(comment.trim());
    // A comment above a field belongs to the next line that has code.
    if (code.trim() === "") continue;

    if (/^\s*relationMode\s*=\s*"prisma"/.test(code)) emulatedRelations = true;
    const block = /^\s*(model|view|type|enum)\s+(\w+)\s*\{/.exec(code);
    if (block !== null) model = block[2]!;
    if (block?.[1] === "view") views.add(block[2]!);
    const field = model === undefined ? undefined : /^\s*(\w+)\s+Unsupported\s*\(/.exec(code)?.[1];
    const ignored = block === null && /\s@ignore\b/.test(code);
    if (field !== undefined && !ignored && !pending.includes("@sync.omit")) unsupported.push({ model: model!, field });
    if (field === undefined && !ignored) annotations.push(...pending);
    pending = [];
    if (code.trim() === "}") model = undefined;
  }
  annotations.push(...pending);
  return { views, unsupported, annotations, twoSlashes, emulatedRelations };
}

/** Splits a line at the first `//` outside a string. */
function splitComment(line: string): { code: string; comment: string } {
  const code = /^(?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*/.exec(line)![0];
  return { code, comment: line.slice(code.length) };
}
