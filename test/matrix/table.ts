import { readFileSync, writeFileSync } from "node:fs";
import type { Provider } from "@digest-sync/engine";
import type { Operation } from "./operation.js";

const page = new URL("../../docs/writes.md", import.meta.url);
const begin = "<!-- The matrix: written by `npm run docs:writes`. -->\n";
const end = "<!-- End of the matrix. -->";

/** What the matrix found of an operation on one database. */
export type Mark = "captured" | "refused" | "-";

const columns = { sqlite: "SQLite", postgresql: "PostgreSQL", mysql: "MySQL, MariaDB" } as const satisfies Record<
  Provider,
  string
>;
const providers = Object.keys(columns) as Provider[];

type Marks = ReadonlyMap<string, Readonly<Record<Provider, Mark>>>;
export type Groups = readonly { readonly name: string; readonly operations: readonly Operation[] }[];

/** The part of the page between the two comments. */
function tableOf(text: string): string {
  const from = text.indexOf(begin) + begin.length;
  return text.slice(from, text.indexOf(end));
}

function marksOf(table: string): Marks {
  const lines = table.split("\n").map((line) => line.split(" | ").map((part) => part.replace(/^\| | \|$/g, "")));
  return new Map(
    lines
      .filter(({ length }) => length === providers.length + 1)
      .map(([name, ...marks]) => [
        (name as string).replaceAll("`", ""),
        Object.fromEntries(providers.map((provider, i) => [provider, marks[i]])) as Record<Provider, Mark>,
      ]),
  );
}

function render(groups: Groups, marks: Marks): string {
  const sections = groups.map(({ name, operations }) =>
    [
      `| ${[name, ...Object.values(columns)].join(" | ")} |`,
      `|${"---|".repeat(providers.length + 1)}`,
      ...operations.map((operation) => {
        const row = marks.get(operation.name);
        return `| ${[operation.name, ...providers.map((provider) => row?.[provider] ?? "-")].join(" | ")} |`;
      }),
    ].join("\n"),
  );
  return `\n${sections.join("\n\n")}\n\n`;
}

/** The page's table, and the same table with what was found on one database put in. */
export function compare(groups: Groups, provider: Provider, found: ReadonlyMap<string, Mark>) {
  const text = readFileSync(page, "utf8");
  const current = tableOf(text);
  const marks = new Map(marksOf(current));
  for (const { name, on } of groups.flatMap(({ operations }) => operations)) {
    const others = marks.get(name) ?? { sqlite: "-", postgresql: "-", mysql: "-" };
    // What could not be tried here, because a shell is missing, stays as it was.
    const untried = on?.includes(provider) === false ? "-" : others[provider];
    marks.set(name, { ...others, [provider]: found.get(name) ?? untried });
  }
  const expected = render(groups, marks);
  const update = () =>
    writeFileSync(
      page,
      text.replace(begin + current, () => begin + expected),
    );
  return { current, expected, update };
}
