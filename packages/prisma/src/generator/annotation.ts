/** A value of `where`, before it is checked against its field. Numbers keep their text: it may exceed a double. */
export type Literal =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "name"; readonly value: string };

/** `/// @sync`, `/// @sync(scope: ..., where: {...})` */
export interface SyncAnnotation {
  readonly kind: "sync";
  /** Each path as its names: `chat.accountId` is ["chat", "accountId"]. */
  readonly scope: readonly (readonly string[])[];
  readonly where: ReadonlyMap<string, Literal>;
}

/** `/// @sync.omit` */
export interface OmitAnnotation {
  readonly kind: "omit";
}

export type Annotation = SyncAnnotation | OmitAnnotation;

/** What is wrong with an annotation, and what to write instead. */
export class AnnotationError extends Error {}

/** Lines that start like an annotation: a near miss such as `@syncOmit` must not silently sync what was to be left out. */
const looksLikeAnnotation = /^\s*@sync/i;

/**
 * The annotation in a documentation comment (its lines joined by "\n", as Prisma gives them). Other lines are prose;
 * an annotation with parentheses may span several lines.
 *
 * @throws AnnotationError
 * @example
 * parseAnnotation("Who pays.\n@sync(scope: accountId)") // { kind: "sync", scope: [["accountId"]], where: Map {} }
 */
export function parseAnnotation(documentation: string | undefined): Annotation | undefined {
  if (documentation === undefined) return undefined;
  const lines = documentation.split("\n");
  let found: Annotation | undefined;
  for (const [index, line] of lines.entries()) {
    if (!looksLikeAnnotation.test(line)) continue;
    if (found !== undefined) throw new AnnotationError("There are two annotations; write one.");
    found = annotation(new Reader(lines.slice(index).join("\n")));
  }
  return found;
}

function annotation(reader: Reader): Annotation {
  const head = reader.take(/\s*(@[\w.-]*)/y) ?? "";
  if (head === "@sync.omit") {
    reader.endOfLine(head);
    return { kind: "omit" };
  }
  if (head !== "@sync") {
    const meant = /omit|ignore|exclude|skip/i.test(head) ? "@sync.omit" : "@sync or @sync.omit";
    throw new AnnotationError(`"${head}" is not an annotation. Write ${meant}.`);
  }
  // On the same line only: a comment below may begin with a parenthesis.
  const { scope, where } = reader.take(/[ \t]*(\()/y) === undefined ? {} : parameters(reader);
  reader.endOfLine(head);
  return { kind: "sync", scope: scope ?? [], where: where ?? new Map() };
}

function parameters(reader: Reader): { scope?: string[][] | undefined; where?: Map<string, Literal> | undefined } {
  let scope: string[][] | undefined;
  let where: Map<string, Literal> | undefined;
  list(reader, ")", () => {
    const name = reader.name('"scope" or "where"');
    if (name !== "scope" && name !== "where") {
      throw new AnnotationError(`@sync has no parameter "${name}". Its parameters are scope and where.`);
    }
    if ((name === "scope" ? scope : where) !== undefined) throw new AnnotationError(`"${name}" is given twice.`);
    reader.expects(":", `after "${name}"`);
    if (name === "scope") scope = scopePaths(reader);
    else where = conditions(reader);
  });
  return { scope, where };
}

function scopePaths(reader: Reader): string[][] {
  if (!reader.accepts("[")) return [path(reader)];
  const paths: string[][] = [];
  list(reader, "]", () => paths.push(path(reader)));
  if (paths.length === 0) throw new AnnotationError("The scope is empty. Leave it out to have one scope for all rows.");
  return paths;
}

function path(reader: Reader): string[] {
  const quoted = reader.string();
  if (quoted !== undefined) throw new AnnotationError(`Write the scope field without quotes: scope: ${quoted}`);
  const names = [reader.name("the name of a field")];
  while (reader.accepts(".")) names.push(reader.name(`the name of a field after "${names.join(".")}."`));
  return names;
}

function conditions(reader: Reader): Map<string, Literal> {
  const result = new Map<string, Literal>();
  reader.expects("{", 'after "where:"');
  list(reader, "}", () => {
    const field = reader.string() ?? reader.name("the name of a field");
    if (result.has(field)) throw new AnnotationError(`The filter names "${field}" twice.`);
    reader.expects(":", `after "${field}"`);
    result.set(field, literal(reader, field));
  });
  if (result.size === 0) throw new AnnotationError("The filter is empty. Leave where out to sync every row.");
  return result;
}

function literal(reader: Reader, field: string): Literal {
  const string = reader.string();
  if (string !== undefined) return { kind: "string", value: string };
  const text = reader.number();
  if (text !== undefined) return { kind: "number", text };
  if (reader.next() === "{" || reader.next() === "[") {
    throw new AnnotationError(`The filter on "${field}" compares with one value only: no lists, no operators.`);
  }
  const name = reader.name(`a value for "${field}": a string in quotes, a number, true, false, null or an enum value`);
  if (name === "true" || name === "false") return { kind: "boolean", value: name === "true" };
  return name === "null" ? { kind: "null" } : { kind: "name", value: name };
}

/** Items separated by commas up to `close`; a comma after the last is allowed. */
function list(reader: Reader, close: string, item: () => void): void {
  while (!reader.accepts(close)) {
    item();
    if (reader.accepts(close)) return;
    reader.expects(",", `or "${close}"`);
  }
}

/** A cursor over the text from the annotation on. Space before a token, line breaks included, means nothing. */
class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** What the first group of a sticky pattern matches here. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match[1];
  }

  next(): string {
    return this.text.slice(this.at).trimStart().charAt(0);
  }

  accepts(symbol: string): boolean {
    if (this.next() !== symbol) return false;
    this.at = this.text.indexOf(symbol, this.at) + 1;
    return true;
  }

  expects(symbol: string, place: string): void {
    if (!this.accepts(symbol)) throw new AnnotationError(`Expected "${symbol}" ${place}, found ${this.found()}.`);
  }

  name(expected: string): string {
    const name = this.take(/\s*([A-Za-z_]\w*)/y);
    if (name === undefined) throw new AnnotationError(`Expected ${expected}, found ${this.found()}.`);
    return name;
  }

  number(): string | undefined {
    return this.take(/\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?!\w)/y);
  }

  /** A string with JSON's escapes in double quotes, or one without escapes in single quotes. */
  string(): string | undefined {
    const quote = this.next();
    if (quote !== '"' && quote !== "'") return undefined;
    const quoted = this.take(quote === '"' ? /\s*("(?:[^"\\\n]|\\.)*")/y : /\s*('[^'\n]*')/y);
    if (quoted === undefined) throw new AnnotationError(`The string ${this.found()} is not closed on its line.`);
    if (quote === "'") return quoted.slice(1, -1);
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw new AnnotationError(`The string ${quoted} has an escape that JSON does not know.`);
    }
  }

  endOfLine(after: string): void {
    const rest = this.take(/([^\n]*)/y)!.trim();
    if (rest !== "")
      throw new AnnotationError(`Unexpected "${rest}" after ${after}. Put comments on a line of their own.`);
  }

  private found(): string {
    const rest = this.text.slice(this.at).trimStart().split("\n", 1)[0]!;
    return rest === "" ? "the end" : `"${rest.slice(0, 30)}"`;
  }
}
