import { Client } from "pg";
import { expect, test, vi } from "vitest";
import { isReachable, servers } from "../databases/servers.js";
import { postgresNotifications } from "./postgres-notifications.js";

// The recipe of docs/live.md, on a real server.

const { url } = servers.postgresql;
const isHere = process.env.CI !== undefined || (await isReachable("postgresql"));

test.skipIf(!isHere)("what one process publishes the others hear, also after their connection broke", async () => {
  const channel = `ds_live_${process.pid}`;
  const [here, there] = [postgresNotifications(url, channel), postgresNotifications(url, channel)];
  const heard = vi.fn();
  const end = await there.subscribe(heard);
  expect(heard).toHaveBeenCalledTimes(1);
  await here.publish();
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2), { timeout: 20_000 });

  const admin = new Client({ connectionString: url });
  await admin.connect();
  const quoted = `LISTEN "${channel}"`;
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1", [quoted]);
  await admin.end();
  // It listens again, and looks at once at what it may have missed.
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(3), { timeout: 20_000 });
  await here.publish();
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(4), { timeout: 20_000 });

  await end();
  const quiet = await here.subscribe(() => {});
  await quiet();
});
