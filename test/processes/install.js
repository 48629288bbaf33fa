// Installs, settles, and says what it did. argv: database path, manifest as JSON.
import { Digests } from "@digest-sync/engine";
import { libsqlDatabase } from "./libsql-database.js";

const [path, json] = process.argv.slice(2);
const manifest = JSON.parse(json);
const digests = new Digests(manifest, libsqlDatabase(path, manifest), {
  onError: (error) => {
    throw error;
  },
});
process.send("ready");
await new Promise((resolve) => process.once("message", resolve));
const report = await digests.install();
await digests.settle();
process.send({ created: report.created.length, ...(await digests.check()) });
process.disconnect();
