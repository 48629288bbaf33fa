import { isReachable, type ServerName, servers } from "../servers.js";

/** A run that is to prove everything must not pass without a database. */
export async function required(server: ServerName): Promise<void> {
  if (await isReachable(server)) return;
  const { title, url, variable } = servers[server];
  throw new Error(`No ${title} at ${url}. Start it, or name another in ${variable}.`);
}
