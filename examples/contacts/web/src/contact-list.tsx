import { useCollection } from "@digest-sync/client/react";
import { useDeferredValue, useMemo, useState } from "react";
import type { Session } from "./session.js";
import { counted } from "./units.js";

/** Enough to scroll through; a search narrows it down. */
const mostShown = 200;

interface Props {
  readonly session: Session;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}

/** All contacts, from this browser's own copy: search works without a network. */
export function ContactList({ session: { sync, api }, chosen, onChoose }: Props) {
  const contacts = useCollection(sync, "Contact");
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const found = useMemo(
    () =>
      (contacts ?? [])
        .filter(({ name, email }) => `${name} ${email ?? ""}`.toLowerCase().includes(wanted))
        .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)),
    [contacts, wanted],
  );
  const create = () => void api.createContact({ name: search.trim() || "New contact" });
  return (
    <>
      <div className="bar">
        <input
          type="search"
          placeholder="Search"
          aria-label="Search contacts"
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        <button type="button" onClick={create} title="Creates a contact on the server">
          Add
        </button>
      </div>
      <ul className="rows scroll" data-testid="contacts">
        {found.slice(0, mostShown).map(({ id, name, email, favorite }) => (
          <li key={id}>
            <button type="button" aria-current={id === chosen} onClick={() => onChoose(id)}>
              {favorite && (
                <span role="img" aria-label="Favorite">
                  ★{" "}
                </span>
              )}
              {name}
              <span className="soft small line">{email ?? "no email"}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="soft small" style={{ margin: "0.5rem 1rem" }}>
        {contacts ? counted(found.length, "contact") : "Opening what this browser holds ..."}
        {found.length > mostShown && `, the first ${mostShown} shown`}
      </p>
    </>
  );
}
