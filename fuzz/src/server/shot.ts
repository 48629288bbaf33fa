import { Agent, request } from "node:http";
import { connect } from "node:net";
import type { Platform } from "./remote.js";

/** How the bytes are put on the connection. */
export type Wire = "plain" | "chunked" | "half" | "length-too-long" | "length-too-short" | "bad-chunks" | "two-lengths";

/** One request, with everything it takes to send it again. */
export interface Shot {
  readonly label: string;
  readonly platform: Platform;
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly wire: Wire;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** A whole answer, or why there is none. */
export type Outcome = Received | "closed" | "hung";

const patience = 20_000;
/** Of a half-sent body: the server rightly waits for the rest. */
const halfPatience = 40;
const kept = new Agent({ keepAlive: true, maxSockets: 64 });

export async function fire(shot: Shot, urls: Readonly<Record<Platform, string>>): Promise<Outcome> {
  const url = new URL(`${urls[shot.platform]}${shot.path}`);
  return shot.wire === "plain" || shot.wire === "chunked" ? fireWhole(shot, url) : fireRaw(shot, url);
}

const headersOf = ({ account, headers }: Shot) => ({ ...(account && { authorization: account }), ...headers });

function fireWhole(shot: Shot, url: URL, agent: Agent | false = kept): Promise<Outcome> {
  const { method, body, wire } = shot;
  return new Promise((resolve) => {
    const headers = { ...headersOf(shot), ...(wire === "plain" && { "content-length": String(body.length) }) };
    const sending = request(url, { method, headers, agent, timeout: patience }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => resolve("closed"));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sending.on("timeout", () => {
      resolve("hung");
      sending.destroy();
    });
    sending.on("error", () => {
      // A server closes connections that are idle (Node: after 5 s), and may do so just as the next request is on its
      // way: that says nothing about the request. On a connection of its own it does.
      if (sending.reusedSocket) resolve(fireWhole(shot, url, false));
      else resolve("closed");
    });
    if (wire === "chunked") {
      const middle = body.length >> 1;
      sending.write(body.subarray(0, middle));
      sending.end(body.subarray(middle));
    } else sending.end(body);
  });
}

/** Lies that node:http would not tell, by hand. Only the status line of the answer is read. */
function fireRaw(shot: Shot, url: URL): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), url.hostname);
    let text = Buffer.alloc(0);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      const [head = "", ...rest] = text.toString("latin1").split("\r\n\r\n");
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      if (status === 0) return resolve("closed");
      const lines = head.split("\r\n").slice(1);
      const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(": ", 2) as [string, string]));
      resolve({ status, headers: { ...headers, raw: "yes" }, body: Buffer.from(rest.join("\r\n\r\n"), "latin1") });
    };
    const timer = setTimeout(done, halfPatience);
    socket.on("data", (chunk) => {
      text = Buffer.concat([text, chunk]);
    });
    socket.on("error", done);
    socket.on("close", done);
    for (const part of rawParts(shot, url)) socket.write(part);
  });
}

function rawParts(shot: Shot, url: URL): Uint8Array[] {
  const { method, body, wire } = shot;
  const { length } = body;
  const lengths: Record<string, string[]> = {
    half: [`content-length: ${length}`],
    "length-too-long": [`content-length: ${length + 1_000_000_000}`],
    "length-too-short": [`content-length: ${length >> 1}`],
    "bad-chunks": ["transfer-encoding: chunked"],
    "two-lengths": [`content-length: ${length}`, "transfer-encoding: chunked"],
  };
  const lines = Object.entries({ host: url.host, ...headersOf(shot) }).map(([name, value]) => `${name}: ${value}`);
  const head = [`${method} ${url.pathname} HTTP/1.1`, ...lines, ...(lengths[wire] ?? []), "", ""].join("\r\n");
  const sent = wire === "half" ? body.subarray(0, length >> 1) : body;
  const chunk = wire === "bad-chunks" ? Buffer.concat([Buffer.from("fffffff\r\n"), sent]) : sent;
  return [Buffer.from(head, "latin1"), chunk];
}
