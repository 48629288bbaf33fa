import { readFileSync } from "node:fs";

export const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Without comments of a whole line and with white space folded: a document may indent, wrap and explain as it likes. */
export const folded = (text: string) =>
  text
    .replaceAll(/^\s*(\/\/|\/\*\*|\*).*$/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();

/** The code blocks of a document; `source` from ```ts title="path". */
export function snippets(document: string): { language: string; source: string | undefined; code: string }[] {
  const blocks = read(document).matchAll(/^ *```(\w+)(?: title="([^"]+)")?\n(.*?)^ *```$/gms);
  return [...blocks].map(([, language = "", source, code = ""]) => ({ language, source, code }));
}
