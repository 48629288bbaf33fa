import { useCollection, useSyncStatus } from "@digest-sync/client/react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { accounts, type ExampleAccount } from "../../src/app/accounts.js";
import { Check } from "./check.js";
import { ContactDetails } from "./contact-details.js";
import { ContactList } from "./contact-list.js";
import { lastAccount, openSession, type Session } from "./session.js";
import { SyncState } from "./sync-state.js";
import { TrafficPanel } from "./traffic-panel.js";

/** On a phone one of them is shown at a time. */
const panes = ["Contacts", "Contact", "Traffic"] as const;
type Pane = (typeof panes)[number];

export function App() {
  const [account, setAccount] = useState<ExampleAccount>(lastAccount);
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    const opened = openSession(account);
    setSession(opened);
    return () => void opened.sync.stop();
  }, [account]);
  if (session?.account !== account) return null;
  return <Signed key={account.id} session={session} onAccount={setAccount} />;
}

function Signed({ session, onAccount }: { session: Session; onAccount: (account: ExampleAccount) => void }) {
  const [pane, setPane] = useState<Pane>("Contacts");
  const [chosen, setChosen] = useState<string>();
  const choose = (id: string | undefined) => {
    setChosen(id);
    setPane(id === undefined ? "Contacts" : "Contact");
  };
  return (
    <>
      <Header session={session} onAccount={onAccount} />
      <nav className="panes" aria-label="Panes">
        {panes.map((name) => (
          <button key={name} type="button" aria-pressed={name === pane} onClick={() => setPane(name)}>
            {name}
          </button>
        ))}
      </nav>
      <main>
        <section className="pane" data-chosen={pane === "Contacts"} aria-label="Contacts">
          <ContactList session={session} chosen={chosen} onChoose={choose} />
        </section>
        <section className="pane" data-chosen={pane === "Contact"} aria-label="Contact">
          <ContactDetails session={session} id={chosen} onGone={() => choose(undefined)} />
        </section>
        <section className="pane" data-chosen={pane === "Traffic"} aria-label="Traffic">
          <h2>What the sync says</h2>
          <Check session={session} />
          <Traffic session={session} />
        </section>
      </main>
    </>
  );
}

function Header({ session, onAccount }: { session: Session; onAccount: (account: ExampleAccount) => void }) {
  const { account, network, sync } = session;
  const isOffline = useSyncExternalStore(network.subscribe, network.isOffline);
  return (
    <header className="app">
      <h1>Contacts</h1>
      <SyncState status={useSyncStatus(sync)} />
      <label className="switch">
        <input type="checkbox" checked={isOffline} onChange={({ target }) => network.switchTo(target.checked)} />
        Go offline
      </label>
      <a href={location.pathname} target="_blank" rel="noreferrer">
        Second tab
      </a>
      <select
        aria-label="Account"
        value={account.id}
        onChange={({ target }) => onAccount(accounts.find(({ id }) => id === target.value) ?? accounts[0])}
      >
        {accounts.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </header>
  );
}

function Traffic({ session: { sync, traffic } }: { session: Session }) {
  const held = [
    useCollection(sync, "Account"),
    useCollection(sync, "Chat"),
    useCollection(sync, "Contact"),
    useCollection(sync, "Message"),
  ].reduce((sum, rows) => sum + (rows?.length ?? 0), 0);
  return <TrafficPanel traffic={traffic} held={held} />;
}
