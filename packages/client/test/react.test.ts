import { Window } from "happy-dom";
import { act, Component, createElement, memo, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { followedRows, type RowSource } from "../src/followed-rows.js";
import { type DigestSyncClient, memoryStore } from "../src/index.js";
import { useCollection, useRow, useSyncStatus } from "../src/react/index.js";
import { type Contact, contact, contacts, type Rows } from "./sample.js";
import { newClient, startServer } from "./setup.js";

// React, drawing into a document; the client is the real one, over real HTTP.

const globals = globalThis as Record<string, unknown>;
const window = new Window();
beforeAll(() => Object.assign(globals, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true }));
afterAll(async () => {
  for (const name of ["window", "document", "IS_REACT_ACT_ENVIRONMENT"]) delete globals[name];
  await window.happyDOM.close();
});

/** Does this, and waits until everything is read that somebody follows. */
const after = (sync: RowSource, work: () => unknown) =>
  act(async () => {
    await work();
    for (const name of ["Contact", "Member", "Note"]) await followedRows(sync, name).settled();
  });

async function draw(sync: DigestSyncClient<Rows>, node: ReactNode) {
  const box = window.document.createElement("div");
  const root = createRoot(box as unknown as Element);
  await after(sync, () => root.render(node));
  // An effect may have begun to follow.
  await after(sync, () => {});
  onTestFinished(() => act(async () => root.unmount()));
  return { text: () => box.textContent, root };
}

async function setUp(rows = contacts(3)) {
  const server = await startServer();
  server.set.put("Contact", ...rows);
  const store = memoryStore();
  const sync = newClient(server, { store });
  /** How often each component was drawn. */
  const drawn: string[] = [];
  const Card = memo(({ row }: { row: Contact }) => {
    drawn.push(row.id);
    return `${row.id}=${row.name} `;
  });
  const List = () => {
    const rows = useCollection(sync, "Contact");
    drawn.push("List");
    return rows === undefined ? "reading" : rows.map((row) => createElement(Card, { key: row.id, row }));
  };
  const One = ({ id }: { id: string }) => {
    const row = useRow(sync, "Contact", id);
    drawn.push(`One ${id}`);
    return row === undefined ? "reading" : row === null ? "none" : `${row.id}:${row.name} `;
  };
  const change = async (...changed: Contact[]) => {
    server.set.put("Contact", ...changed);
    await after(sync, () => sync.sync({ changesLikely: true }));
  };
  return { server, store, sync, drawn, List, One, change };
}

describe("useCollection", () => {
  it("reads, then draws anew only the rows that changed", async () => {
    const { sync, drawn, List, change, server } = await setUp();
    await sync.sync();
    const { text } = await draw(sync, createElement(List));
    expect(text()).toBe("c000000=name of c000000 c000001=name of c000001 c000002=name of c000002 ");
    drawn.length = 0;
    await change(contact("c000001", "changed"));
    expect(drawn).toEqual(["List", "c000001"]);
    drawn.length = 0;
    await change(contact("c0000005", "between"));
    expect(drawn).toEqual(["List", "c0000005"]);
    drawn.length = 0;
    server.set.remove("Contact", "c000000");
    await change();
    expect(text()).toBe("c0000005=between c000001=changed c000002=name of c000002 ");
    expect(drawn).toEqual(["List"]);
  });

  it("does not draw anew when a sync finds nothing, or something of another collection", async () => {
    const { sync, drawn, List, change, server } = await setUp();
    await sync.sync();
    await draw(sync, createElement(List));
    drawn.length = 0;
    await change();
    server.set.put("Note", { id: "n1", text: "note" });
    await change();
    expect(drawn).toEqual([]);
    expect(await sync.collection("Note").size).toBe(1);
  });

  it("works under StrictMode, and shows what came while nobody looked", async () => {
    const { sync, List, change } = await setUp();
    await sync.sync();
    const { text, root } = await draw(sync, createElement(StrictMode, null, createElement(List)));
    await after(sync, () => root.render(null));
    await change(contact("c000000", "meanwhile"));
    await after(sync, () => root.render(createElement(List)));
    await after(sync, () => {});
    expect(text()).toContain("c000000=meanwhile");
  });

  it("shows one moment in all views: a list and a row never differ", async () => {
    const { sync, change } = await setUp();
    await sync.sync();
    const torn: unknown[] = [];
    const Both = () => {
      const all = useCollection(sync, "Contact");
      const one = useRow(sync, "Contact", "c000001");
      if (all && one !== undefined && all.find(({ id }) => id === "c000001") !== (one ?? undefined))
        torn.push([all, one]);
      return one?.name ?? "";
    };
    const { text } = await draw(sync, createElement(Both));
    for (let i = 0; i < 10; i++) await change(contact("c000001", `name ${i}`), contact(`new ${i}`));
    expect(text()).toBe("name 9");
    expect(torn).toEqual([]);
  });

  it("throws to the error boundary when the store fails, and recovers", async () => {
    const { store, sync, List } = await setUp();
    await sync.sync();
    const { scan } = store;
    store.scan = async () => {
      throw new Error("disk on fire");
    };
    class Boundary extends Component<{ children: ReactNode }> {
      override state = { message: "" };
      static getDerivedStateFromError = ({ message }: Error) => ({ message });
      override render = () => this.state.message || this.props.children;
    }
    const silenced = console.error;
    console.error = () => {};
    const { text } = await draw(sync, createElement(Boundary, null, createElement(List)));
    console.error = silenced;
    expect(text()).toMatch(/local store failed in scan.*disk on fire/);
    store.scan = scan;
    const again = await draw(sync, createElement(List));
    expect(again.text()).toContain("c000000=");
  });
});

describe("useRow", () => {
  it("reads one row without the rest, tells none from not yet, and draws anew for this row alone", async () => {
    const { store, sync, drawn, One, change, server } = await setUp();
    await sync.sync();
    store.scan = () => Promise.reject(new Error("everything was read"));
    const both = [createElement(One, { key: 1, id: "c000001" }), createElement(One, { key: 2, id: "none yet" })];
    const { text } = await draw(sync, both);
    expect(text()).toBe("c000001:name of c000001 none");
    drawn.length = 0;
    await change(contact("c000002", "changed"));
    expect(drawn).toEqual([]);
    await change(contact("none yet", "is there"));
    expect(drawn).toEqual(["One none yet"]);
    server.set.remove("Contact", "c000001");
    await change();
    expect(text()).toBe("nonenone yet:is there ");
  });

  it("takes keys of several fields", async () => {
    const { sync, server } = await setUp();
    server.set.put("Member", { team: "a/b", user: 7, since: new Date(0) });
    await sync.sync();
    const Since = () => String(useRow(sync, "Member", ["a/b", 7])?.since?.getTime());
    expect((await draw(sync, createElement(Since))).text()).toBe("0");
  });
});

describe("useSyncStatus", () => {
  it("shows the status, and with a function draws anew for its part alone", async () => {
    const { sync, change } = await setUp();
    const drawn: string[] = [];
    const Phase = () => {
      const { phase, lastInSync } = useSyncStatus(sync);
      return `${phase} ${lastInSync} `;
    };
    const Pending = () => {
      drawn.push("Pending");
      return String(useSyncStatus(sync, ({ pending }) => pending));
    };
    const { text } = await draw(sync, [createElement(Phase, { key: 1 }), createElement(Pending, { key: 2 })]);
    expect(text()).toBe("idle undefined true");
    await change();
    expect(text()).toBe("idle 1000000 false");
    expect(drawn).toHaveLength(2);
  });
});

it("on a server everything is still to be read", async () => {
  const { sync, List, One } = await setUp();
  await sync.sync();
  const nodes = [createElement(List, { key: 1 }), createElement(One, { key: 2, id: "c000001" })];
  expect(renderToString(nodes as unknown as ReactNode)).toContain("reading");
});
