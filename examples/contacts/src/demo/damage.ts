import { compare } from "./equality.js";
import { present, type Scene } from "./stage.js";

/**
 * A disk does not tell what it got wrong: behind the client's back one bit of a contact flips and a message is lost.
 * The audit rehashes everything that is held, and the next sync brings back what was wrong.
 */
export const damage: Scene = {
  name: "local copy corrupted",
  async play({ ada, database }) {
    const { store, client } = ada;
    const [contact] = await store.scan("Contact", null, 1);
    const [message] = await store.scan("Message", null, 1);
    const { encoding } = present(contact, "contact");
    // The memory store hands out its own bytes; the last ones are the date of creation.
    encoding[encoding.length - 1] = (encoding.at(-1) ?? 0) ^ 1;
    const { revision, state } = present(await store.load(), "synced copy");
    const deletes = [present(message, "message")];
    await store.apply({ deletes, upserts: [], revision: revision + 1, state });
    const { difference } = await compare(database, ada);
    if (difference === null) throw new Error("The comparison did not see the damage.");

    const started = performance.now();
    const { corrupted, sumsRepaired } = await client.audit();
    if (corrupted.length !== 1 || !sumsRepaired) throw new Error("The audit did not find both faults.");
    const cost = await ada.sync(true);
    return {
      what: "found and healed (bit, row)",
      cost: { ...cost, ms: performance.now() - started },
    };
  },
};
