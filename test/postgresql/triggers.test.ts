import { eachIsNeeded } from "../triggers/each-is-needed.js";

eachIsNeeded({
  truncate: `TRUNCATE "Account" CASCADE`,
});
