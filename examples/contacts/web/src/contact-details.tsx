import { useCollection, useRow } from "@digest-sync/client/react";
import { type FormEvent, useMemo, useState } from "react";
import type { Session } from "./session.js";

interface Props {
  readonly session: Session;
  readonly id: string | undefined;
  readonly onGone: () => void;
}

/** One contact with its messages. What is edited is written on the server, and comes back here as to any other device. */
export function ContactDetails({ session, id, onGone }: Props) {
  if (id === undefined) {
    return (
      <p className="details soft">
        Choose a contact. Whatever you change is written on the server, by the app's own API; this page reads from the
        browser's copy alone, so you see a change when the sync has brought it.
      </p>
    );
  }
  return <Details key={id} session={session} id={id} onGone={onGone} />;
}

function Details({ session: { sync, api }, id, onGone }: Props & { id: string }) {
  const contact = useRow(sync, "Contact", id);
  const chats = useCollection(sync, "Chat");
  const messages = useCollection(sync, "Message");
  const [problem, setProblem] = useState<string>();
  const own = useMemo(() => (chats ?? []).filter(({ contactId }) => contactId === id), [chats, id]);
  const [chat] = own;
  const latest = useMemo(() => {
    const ids = new Set(own.map(({ id }) => id));
    return (messages ?? [])
      .filter(({ chatId }) => ids.has(chatId))
      .sort((a, b) => b.sentAt.getTime() - a.sentAt.getTime())
      .slice(0, 50);
  }, [messages, own]);

  const attempt = (write: Promise<void>) => {
    setProblem(undefined);
    write.catch((error: Error) => setProblem(error.message));
  };
  if (!contact) return <p className="details soft">This contact is not held here (any more).</p>;
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { name, phone } = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    attempt(api.updateContact(id, { ...(name && { name }), ...(phone && { phone }) }));
  };
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const body = String(new FormData(form).get("body") ?? "");
    if (chat && body) attempt(api.sendMessage(chat.id, body).then(() => form.reset()));
  };
  return (
    <>
      <h2 data-testid="contact-name">{contact.name}</h2>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="details scroll">
        {/* A new key when the row changes: the fields then start from what the sync brought. */}
        <form onSubmit={save} key={`${contact.name} ${contact.phone}`}>
          <label>
            Name
            <input type="text" name="name" defaultValue={contact.name} required />
          </label>
          <label>
            Phone
            <input type="text" name="phone" defaultValue={contact.phone ?? ""} />
          </label>
          <div className="actions">
            <button type="submit" className="primary">
              Save on the server
            </button>
            <button type="button" onClick={() => attempt(api.updateContact(id, { favorite: !contact.favorite }))}>
              {contact.favorite ? "★ Favorite" : "☆ Favorite"}
            </button>
            <button type="button" onClick={() => attempt(api.deleteContact(id).then(onGone))}>
              Delete
            </button>
          </div>
        </form>
        {!chat && <p className="soft">No chat with this contact yet.</p>}
        {chat && (
          <>
            <h3>Messages</h3>
            <form className="actions" onSubmit={send}>
              <input type="text" name="body" aria-label="Message" placeholder="Message" style={{ flex: 1 }} />
              <button type="submit">Send</button>
            </form>
            {latest.map(({ id, body, sentAt }) => (
              <p key={id} className="message">
                {body}
                <br />
                <span className="soft small">{sentAt.toLocaleString()}</span>
              </p>
            ))}
          </>
        )}
      </div>
    </>
  );
}
