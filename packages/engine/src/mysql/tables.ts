import type { Statement } from "../ports.js";
import { identifier, statement } from "./sql.js";

/** Bytes of a scope text and of a key text: what an InnoDB index has room for (3,072), less what stands beside them. */
export const longest = { scope: 2_944, key: 3_064 } as const;

/**
 * What Prisma Migrate writes for the models, so that a database made by either is the same.
 *
 * Names, scopes and keys are bytes: a text column's collation would take different keys for one. The queue's ids are not
 * AUTO_INCREMENT: an INSERT ... SELECT in a trigger would hold that lock to its end, and other writers with it.
 */
const definitions = {
  _digest_pending: `CREATE TABLE IF NOT EXISTS \`_digest_pending\` (
    \`id\` BIGINT UNSIGNED NOT NULL DEFAULT (UUID_SHORT()),
    \`collection\` VARBINARY(128) NOT NULL,
    \`scope\` VARBINARY(${longest.scope}) NULL,
    \`key\` VARBINARY(${longest.key}) NULL,

    PRIMARY KEY (\`id\`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  _digest_scope: `CREATE TABLE IF NOT EXISTS \`_digest_scope\` (
    \`id\` BIGINT NOT NULL AUTO_INCREMENT,
    \`collection\` VARBINARY(128) NOT NULL,
    \`scope\` VARBINARY(${longest.scope}) NOT NULL,
    \`version\` BIGINT NOT NULL DEFAULT 0,
    \`count\` BIGINT NOT NULL DEFAULT 0,
    \`state\` VARBINARY(512) NULL,
    \`sketch\` MEDIUMBLOB NULL,

    UNIQUE INDEX \`_digest_scope_collection_scope_key\`(\`collection\`, \`scope\`),
    PRIMARY KEY (\`id\`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  _digest_row: `CREATE TABLE IF NOT EXISTS \`_digest_row\` (
    \`scope_id\` BIGINT NOT NULL,
    \`key\` VARBINARY(${longest.key}) NOT NULL,
    \`head\` BIGINT NOT NULL,
    \`tail\` BINARY(24) NOT NULL,

    INDEX \`_digest_row_scope_id_head_idx\`(\`scope_id\`, \`head\`),
    PRIMARY KEY (\`scope_id\`, \`key\`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  // The three together are too long for an index: the id is their hash.
  _digest_error: `CREATE TABLE IF NOT EXISTS \`_digest_error\` (
    \`id\` BINARY(32) NOT NULL,
    \`collection\` VARBINARY(128) NOT NULL,
    \`scope\` VARBINARY(${longest.scope}) NOT NULL,
    \`key\` VARBINARY(${longest.key}) NOT NULL,
    \`message\` MEDIUMTEXT NOT NULL,

    INDEX \`_digest_error_collection_scope_idx\`(\`collection\`, \`scope\`),
    PRIMARY KEY (\`id\`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  _digest_meta: `CREATE TABLE IF NOT EXISTS \`_digest_meta\` (
    \`name\` VARBINARY(160) NOT NULL,
    \`value\` MEDIUMBLOB NOT NULL,

    PRIMARY KEY (\`name\`)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
} as const;

export const tableNames = Object.keys(definitions);

export const createTables: Statement[] = Object.values(definitions).map((sql) => statement(sql));

export const dropTables: Statement[] = tableNames.map((name) => statement(`DROP TABLE IF EXISTS ${identifier(name)}`));
