export * from "./databases/index.js";
