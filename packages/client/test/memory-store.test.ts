import { memoryStore } from "../src/index.js";
import { runStoreContractSuite } from "./store-contract.js";

runStoreContractSuite("memoryStore", { create: async () => memoryStore(), reopen: async (store) => store });
