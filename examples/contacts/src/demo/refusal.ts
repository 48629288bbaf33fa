import { present, type Scene, type Stage } from "./stage.js";
import { Wire } from "./wire.js";

/**
 * Whose rows a request is about is decided by its token alone. Tried here: no token, a wrong one, and a good one with
 * the other account named wherever a request has room for it.
 */
export const refusal: Scene = {
  name: "another account's data",
  async play(stage) {
    const { ada, bruno, prisma } = stage;
    const wire = new Wire(stage.fetch);
    const started = performance.now();
    const asAda = { authorization: `Bearer ${ada.account.token}` };
    const manifest = (await expect(200, get(stage, wire, "/sync/manifest", asAda))) as { fingerprint: string };
    const request = {
      protocol: 1,
      algorithm: "sha256",
      manifest: manifest.fingerprint,
      collections: ["Account"],
      count: 0,
      root: "00".repeat(32),
    };
    const foreign = { accountId: bruno.account.id, scope: { id: bruno.account.id, accountId: bruno.account.id } };
    const path = `/sync/verify?accountId=${bruno.account.id}`;

    await expect(401, post(stage, wire, path, {}, request));
    await expect(401, post(stage, wire, path, { authorization: `Bearer ${bruno.account.token}x` }, request));
    const answer = await expect(
      200,
      post(stage, wire, path, { ...asAda, "x-account-id": bruno.account.id }, { ...request, ...foreign }),
    );
    if (!mentions(answer, ada.account.id)) throw new Error("The server did not answer with the token's own account.");
    if (mentions(answer, bruno.account.id)) throw new Error("The server answered with another account's row.");
    const contact = await prisma.contact.findFirst({ where: { accountId: bruno.account.id } });
    await expect(404, get(stage, wire, `/contacts/${present(contact, "contact of another account").id}`, asAda));

    const { requests, bytesUp, bytesDown } = wire;
    return {
      what: "refused (401, 401, 404)",
      cost: { requests, bytesUp, bytesDown, rows: 0, ms: performance.now() - started },
      refused: true,
    };
  },
};

type Headers = Readonly<Record<string, string>>;

const json = { accept: "application/json", "content-type": "application/json" };

function get({ ada }: Stage, wire: Wire, path: string, headers: Headers): Promise<Response> {
  return wire.fetch(ada.serverUrl + path, { headers: { accept: "application/json", ...headers } });
}

function post({ ada }: Stage, wire: Wire, path: string, headers: Headers, body: object): Promise<Response> {
  return wire.fetch(ada.serverUrl + path, {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify(body),
  });
}

async function expect(status: number, sent: Promise<Response>): Promise<unknown> {
  const response = await sent;
  if (response.status === status) return response.json();
  throw new Error(`The server should have answered ${status}, not ${response.status}: ${await response.text()}`);
}

/** Row encodings are hexadecimal in a JSON answer, and texts in them are UTF-8. */
function mentions(answer: unknown, text: string): boolean {
  const written = JSON.stringify(answer);
  return written.includes(text) || written.includes(Buffer.from(text).toString("hex"));
}
