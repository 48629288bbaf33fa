// `sync()` loads this module by itself when a copy needs mending. An app that imports it has it in its main bundle.
export { adopt, adoptServerManifest } from "./adopt.js";
export { audit } from "./audit.js";
