import { writeFileSync } from "node:fs";
import helper from "@prisma/generator-helper";
import { mysqlDefinition } from "./mysql-tables.js";

// A Prisma generator: writes the SQL of the schema's tables for MySQL and MariaDB to its `output`.

helper.generatorHandler({
  onManifest: () => ({ prettyName: "MySQL definition", defaultOutput: "./definition.sql" }),
  onGenerate({ dmmf, datamodel, generator }) {
    const emulated = /^\s*relationMode\s*=\s*"prisma"/m.test(datamodel);
    writeFileSync(generator.output.value, mysqlDefinition(dmmf.datamodel, { emulated }));
  },
});
