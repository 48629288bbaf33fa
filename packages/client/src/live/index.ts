// `client.start()` loads this module by itself. An app that imports it has it in its main bundle.
export { Live, type LiveClient, type StartOptions } from "./live.js";
export { realWorld, type TabsWorld, type World } from "./world.js";
