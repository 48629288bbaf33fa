import { describe, expect, test } from "vitest";
import { AnnotationError, parseAnnotation } from "../src/generator/annotation.js";

/** The parsed `@sync`, its filter as an object. */
function sync(documentation: string) {
  const annotation = parseAnnotation(documentation);
  if (annotation?.kind !== "sync") throw new Error(`Not a @sync: ${JSON.stringify(annotation)}`);
  return { scope: annotation.scope, where: Object.fromEntries(annotation.where) };
}

describe("an annotation", () => {
  test("without parameters has one scope for all rows", () => {
    expect(sync("@sync")).toEqual({ scope: [], where: {} });
    expect(sync("@sync()")).toEqual({ scope: [], where: {} });
  });

  test("names one scope field, or several in brackets, or a path", () => {
    expect(sync("@sync(scope: accountId)").scope).toEqual([["accountId"]]);
    expect(sync("@sync(scope:[a,chat.accountId , c,])").scope).toEqual([["a"], ["chat", "accountId"], ["c"]]);
  });

  test("filters on strings, numbers, booleans, null and enum values", () => {
    const { where } = sync(`@sync(where: { a: "x, }\\"\\u00e9", b: 'it: "is"', c: -12, d: true, e: null, f: draft })`);
    expect(where).toEqual({
      a: { kind: "string", value: 'x, }"é' },
      b: { kind: "string", value: 'it: "is"' },
      c: { kind: "number", text: "-12" },
      d: { kind: "boolean", value: true },
      e: { kind: "null" },
      f: { kind: "name", value: "draft" },
    });
  });

  test("keeps the text of a number that a double cannot hold", () => {
    expect(sync("@sync(where: {big: 9007199254740993})").where.big).toEqual({
      kind: "number",
      text: "9007199254740993",
    });
  });

  test("stands among other lines of documentation, in any place", () => {
    expect(sync("Whose it is.\n@sync(scope: a)\n(and what @sync means)").scope).toEqual([["a"]]);
    expect(sync("@sync\n(not its parameters)").scope).toEqual([]);
  });

  test("may span several lines inside its parentheses", () => {
    expect(sync("@sync(\nscope: [a,\nb],\nwhere: {\nc: 1\n}\n)\nMore text.")).toEqual({
      scope: [["a"], ["b"]],
      where: { c: { kind: "number", text: "1" } },
    });
  });

  test("@sync.omit has no parameters", () => {
    expect(parseAnnotation("Secret.\n@sync.omit")).toEqual({ kind: "omit" });
  });

  test("is absent where no line starts with @sync", () => {
    expect(parseAnnotation(undefined)).toBeUndefined();
    expect(parseAnnotation("See @sync.omit.\n  mail@sync.example\n@deprecated")).toBeUndefined();
  });
});

describe("a faulty annotation says what to write instead", () => {
  test.each([
    ["@syncOmit", '"@syncOmit" is not an annotation. Write @sync.omit.'],
    ["@sync-ignore", '"@sync-ignore" is not an annotation. Write @sync.omit.'],
    ["@Sync", '"@Sync" is not an annotation. Write @sync or @sync.omit.'],
    ["@sync.omit(true)", 'Unexpected "(true)" after @sync.omit. Put comments on a line of their own.'],
    ["@sync all of it", 'Unexpected "all of it" after @sync. Put comments on a line of their own.'],
    ["@sync(scope: a) of course", 'Unexpected "of course" after @sync. Put comments on a line of their own.'],
    ["@sync(accountId)", '@sync has no parameter "accountId". Its parameters are scope and where.'],
    ["@sync(scope accountId)", 'Expected ":" after "scope", found "accountId)".'],
    ['@sync(scope: "accountId")', "Write the scope field without quotes: scope: accountId"],
    ["@sync(scope: [])", "The scope is empty. Leave it out to have one scope for all rows."],
    ["@sync(scope: a, scope: b)", '"scope" is given twice.'],
    ["@sync(scope: a. )", 'Expected the name of a field after "a.", found ")".'],
    ["@sync(scope: a where: {b: 1})", 'Expected "," or ")", found "where: {b: 1})".'],
    ["@sync(scope: a", 'Expected "," or ")", found the end.'],
    ["@sync(where: archived)", 'Expected "{" after "where:", found "archived)".'],
    ["@sync(where: {})", "The filter is empty. Leave where out to sync every row."],
    ["@sync(where: {a: 1, a: 2})", 'The filter names "a" twice.'],
    ["@sync(where: {a: {in: [1]}})", 'The filter on "a" compares with one value only: no lists, no operators.'],
    ["@sync(where: {a: 1, b: [2]})", 'The filter on "b" compares with one value only: no lists, no operators.'],
    ['@sync(where: {a: "x})', 'The string ""x})" is not closed on its line.'],
    ['@sync(where: {a: "\\q"})', 'The string "\\q" has an escape that JSON does not know.'],
    [
      "@sync(where: {a: })",
      'Expected a value for "a": a string in quotes, a number, true, false, null or an enum value, found "})".',
    ],
    ["@sync\n@sync.omit", "There are two annotations; write one."],
  ])("%s", (documentation, message) => {
    expect(() => parseAnnotation(documentation)).toThrow(new AnnotationError(message));
  });
});
