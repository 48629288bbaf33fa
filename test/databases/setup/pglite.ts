export { preparePglite as setup } from "../pglite.js";
