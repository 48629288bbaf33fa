import { defaultClientConditions, defineConfig } from "vite";

const app = "http://127.0.0.1:3000";

// `vite build` writes what the Nest app serves; `vite` alone is for working on the page, with the app at port 3000.
export default defineConfig({
  root: import.meta.dirname,
  // The packages' sources, as everything in this repository: an app of your own does without this.
  resolve: { conditions: ["@digest-sync/source", ...defaultClientConditions] },
  build: { outDir: "../dist/web", emptyOutDir: true, target: "es2022" },
  server: { proxy: { "/sync": app, "/contacts": app, "/chats": app } },
});
