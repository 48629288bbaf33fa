import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { campaign } from "../campaign.js";
import { serverFor } from "../servers/index.js";
import { killApps } from "./kill-apps.js";
import { killServer } from "./kill-server.js";
import { Site } from "./site.js";

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "sqlite" },
    kills: { type: "string", default: "200" },
    "server-kills": { type: "string", default: "20" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const print = (line: string) => console.error(line);

await campaign(async ({ cleanup, kindOf, seedOf, count }) => {
  const { database } = values;
  const kind = kindOf(database);
  const seed = seedOf(values.seed);
  const kills = count("--kills", values.kills);
  const serverKills = count("--server-kills", values["server-kills"]);
  print(`Crashing ${database}, seed ${seed}: ${kills} apps, ${serverKills} servers.`);

  const folder = mkdtempSync(join(tmpdir(), "digest-sync-crash-"));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const server = await serverFor(kind.provider);
  if (server) {
    cleanup.add(() => server.remove());
    await server.start();
  }
  const { url, drop } = await kind.create(server?.url);
  if (!server) cleanup.add(drop);

  const site = new Site(kind, url);
  await site.prepare();
  const options = { database, url, seed, folder, print };
  const apps = await killApps(site, { ...options, kills });
  const servers =
    server && apps.faults.length === 0 ? await killServer(site, server, { ...options, kills: serverKills }) : undefined;
  await site.close();

  const faults = [...apps.faults, ...(servers?.faults ?? [])];
  if (values.json) console.log(JSON.stringify({ database, seed, apps, servers: servers ?? null, faults }));
  else {
    console.log(
      `${database}: ${apps.kills} apps killed in ${Math.round(apps.seconds)} s; ${apps.acknowledged} writes acknowledged, ` +
        `${apps.unheard} more committed; ${apps.interrupted} kills left ${apps.pending} changes to settle.`,
    );
    if (servers) {
      console.log(
        `${database}: ${servers.kills} servers killed in ${Math.round(servers.seconds)} s; ${servers.acknowledged} writes ` +
          `acknowledged; ${servers.survivors} of 2 apps survive; at most ${servers.attempts} attempts to settle and ` +
          `${servers.lines} lines on the console an outage; settled ${servers.resumed} ms after it at the latest.`,
      );
    }
    console.log(
      faults.length === 0 ? "Nothing lost, every audit clean." : `FAULTS, seed ${seed}:\n${faults.join("\n")}`,
    );
  }
  return faults.length === 0;
});
