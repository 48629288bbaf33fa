import { writeFileSync } from "node:fs";
import helper from "@prisma/generator-helper";

// A generator that writes down what Prisma tells generators, so that tests work on real input.
helper.generatorHandler({
  onManifest: () => ({ prettyName: "options" }),
  onGenerate: async (options) => writeFileSync(options.generator.output.value, JSON.stringify(options)),
});
