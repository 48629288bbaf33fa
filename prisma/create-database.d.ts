/**
 * Creates the tables of a Prisma schema in a SQLite database, as `prisma db push` does, without downloading anything.
 * A table that would lose data is an error.
 *
 * @param schemaPath the `.prisma` file
 * @param url the database as driver adapters name it: `file:./contacts.db`; created when it is not there
 *
 * @example
 * await createDatabase("prisma/schema.prisma", `file:${join(folder, "test.db")}`)
 */
export function createDatabase(schemaPath: string | URL, url: string): Promise<void>;

/**
 * The SQL that creates the tables of a Prisma schema in an empty database, SQLite or PostgreSQL as its datasource says, as
 * `prisma migrate diff --script` prints it: several statements, each ended by `;`.
 */
export function databaseDefinition(schemaPath: string | URL): Promise<string>;
