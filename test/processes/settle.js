// Settles what is pending, and dies before the given statement of its batches. argv: database path, manifest, number.
import { Digests } from "@digest-sync/engine";
import { libsqlDatabase } from "./libsql-database.js";

const [path, json, last] = process.argv.slice(2);
const manifest = JSON.parse(json);
let statements = 0;
const database = libsqlDatabase(path, manifest, () => {
  statements += 1;
  if (statements === Number(last)) process.kill(process.pid, "SIGKILL");
});
await new Digests(manifest, database, { delay: 1_000_000 }).settle();
process.disconnect();
