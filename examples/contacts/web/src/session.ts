import { DigestSyncClient } from "@digest-sync/client";
import { indexedDbStore } from "@digest-sync/client/indexeddb";
import { manifest, type Rows } from "../../../../prisma/generated/digest-sync/client.js";
import { accounts, type ExampleAccount } from "../../src/app/accounts.js";
import { Api } from "./api.js";
import { Network } from "./network.js";
import { Traffic } from "./traffic.js";

/** Everything of one signed-in account in this tab. */
export interface Session {
  readonly account: ExampleAccount;
  readonly sync: DigestSyncClient<Rows>;
  readonly api: Api;
  readonly network: Network;
  readonly traffic: Traffic;
}

const chosenAccount = "contacts-account";

/** The account that this browser used last. */
export function lastAccount(): ExampleAccount {
  const id = localStorage.getItem(chosenAccount);
  return accounts.find((account) => account.id === id) ?? accounts[0];
}

/** Opens what this browser holds of the account, and keeps it equal to the server's from now on. */
export function openSession(account: ExampleAccount): Session {
  localStorage.setItem(chosenAccount, account.id);
  const network = new Network();
  const traffic = new Traffic(network.isOffline);
  const sync = new DigestSyncClient({
    url: "/sync",
    manifest,
    // Not the 135,233 cities, which the demo in the terminal holds as well.
    collections: ["Account", "Chat", "Contact", "Message"],
    // One database for each account: nobody finds the rows of another.
    store: indexedDbStore(`contacts-${account.id}`),
    headers: { authorization: `Bearer ${account.token}` },
    fetch: traffic.fetch,
  });
  sync.start({}, network.world());
  return { account, sync, api: new Api(account.token), network, traffic };
}
