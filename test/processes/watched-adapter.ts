import type { SqlDriverAdapterFactory, SqlQuery, SqlQueryable } from "@prisma/driver-adapter-utils";

/** The adapter, calling `before` ahead of every statement, in transactions too and at their ends. */
export function watched(factory: SqlDriverAdapterFactory, before: (sql: string) => void): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = watch(await factory.connect(), before);
      const begin = adapter.startTransaction.bind(adapter);
      adapter.startTransaction = async (level) => {
        before("BEGIN");
        const transaction = watch(await begin(level), before);
        const commit = transaction.commit.bind(transaction);
        transaction.commit = () => {
          before("COMMIT");
          return commit();
        };
        return transaction;
      };
      return adapter;
    },
  };
}

function watch<Queryable extends SqlQueryable>(on: Queryable, before: (sql: string) => void): Queryable {
  const queryRaw = on.queryRaw.bind(on);
  const executeRaw = on.executeRaw.bind(on);
  on.queryRaw = (query: SqlQuery) => {
    before(query.sql);
    return queryRaw(query);
  };
  on.executeRaw = (query: SqlQuery) => {
    before(query.sql);
    return executeRaw(query);
  };
  return on;
}
