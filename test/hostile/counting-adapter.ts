import type { SqlDriverAdapterFactory, SqlQuery, SqlResultSet } from "@prisma/driver-adapter-utils";

/** What a database was asked for: a measure of work that does not depend on how fast the machine is. */
export class Work {
  statements = 0;
  rows = 0;
  /** Called before each statement; what it returns is waited for. */
  before: (sql: string) => Promise<void> | undefined = () => undefined;

  reset(): void {
    this.statements = 0;
    this.rows = 0;
  }

  /** The statements and rows that this takes. */
  async of(work: () => Promise<unknown>): Promise<{ statements: number; rows: number }> {
    this.reset();
    await work();
    return { statements: this.statements, rows: this.rows };
  }
}

/** The adapter, counting. */
export function counting(factory: SqlDriverAdapterFactory, work: Work): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = await factory.connect();
      const queryRaw = adapter.queryRaw.bind(adapter);
      adapter.queryRaw = async (query: SqlQuery): Promise<SqlResultSet> => {
        work.statements += 1;
        await work.before(query.sql);
        const result = await queryRaw(query);
        work.rows += result.rows.length;
        return result;
      };
      return adapter;
    },
  };
}
