/** The app's own API: what this page writes goes to the server, and comes back to every device by sync. */
export class Api {
  constructor(private readonly token: string) {}

  updateContact(id: string, fields: { name?: string; phone?: string; favorite?: boolean }): Promise<void> {
    return this.send("PATCH", `/contacts/${encodeURIComponent(id)}`, fields);
  }

  createContact(fields: { name: string; email?: string; phone?: string }): Promise<void> {
    return this.send("POST", "/contacts", fields);
  }

  deleteContact(id: string): Promise<void> {
    return this.send("DELETE", `/contacts/${encodeURIComponent(id)}`);
  }

  sendMessage(chatId: string, body: string): Promise<void> {
    return this.send("POST", `/chats/${encodeURIComponent(chatId)}/messages`, { body });
  }

  private async send(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) return;
    const { message } = (await response.json().catch(() => ({}))) as { message?: string };
    throw new Error(message ?? `The server answered with ${response.status}.`);
  }
}
