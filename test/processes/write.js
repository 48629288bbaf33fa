// Writes in one transaction that it never ends, and tells when everything but the commit is done. argv: database path.
import Database from "libsql";

const connection = new Database(process.argv[2], { timeout: 10_000 });
connection.exec("BEGIN");
connection.exec(`UPDATE "Account" SET "name" = 'half' WHERE "id" < 'a5'`);
connection.exec(`DELETE FROM "Account" WHERE "id" >= 'a5'`);
process.send("written");
setInterval(() => undefined, 1_000);
