import type { Bench } from "../bench.js";
import { sqlite } from "../databases/sqlite.js";
import { keepingFetch, sizesOf } from "../first-sync/bodies.js";
import { compared, namesOf } from "../first-sync/figures.js";
import { serve } from "../first-sync/serve.js";
import { downloadIntoSqlite, syncIntoSqlite } from "../first-sync/sqlite-sides.js";
import { interleave } from "../harness.js";

const prefix = "first_sync.sqlite";
const names = Object.values(namesOf(prefix));

export const firstSyncSqlite: Bench = {
  title: "The first sync into SQLite, against JSON stored in SQLite (Nest on Express in the same process; real rows)",
  kind: sqlite,
  names: () => names,
  async *run(context) {
    if (!context.wanted(...names)) return;
    const { cities, rounds } = context.size.firstSync;
    context.progress(`${cities} rows, ${rounds} times`);
    const { url, close } = await serve(context.databases, cities);
    try {
      yield* compared(prefix, context, {
        times: () =>
          interleave(
            { ours: () => syncIntoSqlite(url, cities), theirs: () => downloadIntoSqlite(url, cities) },
            rounds,
          ),
        async bytes() {
          const [ours, theirs]: [Uint8Array[], Uint8Array[]] = [[], []];
          await syncIntoSqlite(url, cities, keepingFetch(ours));
          await downloadIntoSqlite(url, cities, keepingFetch(theirs));
          return { ours: sizesOf(ours), theirs: sizesOf(theirs) };
        },
      });
    } finally {
      await close();
    }
  },
};
