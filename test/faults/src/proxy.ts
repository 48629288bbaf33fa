import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "../../../fuzz/src/random.js";

/** What can happen to one exchange. */
export const faults = [
  "drop the request",
  "drop the answer",
  "never answer",
  "truncate the answer",
  "truncate the answer and say so",
  "delay the answer behind a write",
  "send the request twice",
  "send the answer twice",
  "send an earlier answer",
  "hold the answer for a later request",
  "flip a bit of the answer",
  "flip a bit of the request",
  "answer with a web page",
  "answer 503",
] as const;
export type Fault = (typeof faults)[number];

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ProxyOptions {
  /** Port of the server on this machine. */
  readonly target: number;
  readonly random: Random;
  /** How likely an exchange meets a fault. */
  rate: number;
  /** Between a request and its answer: the server's rows may change here. */
  readonly onExchange: () => Promise<void>;
  /** A client waits for an answer that will never come: its time is up. */
  readonly onSilence: () => void;
}

/** A real HTTP proxy that goes wrong in all ways that networks, proxies and servers go wrong. */
export class FaultProxy {
  url = "";
  readonly met: Record<Fault, number> = Object.fromEntries(faults.map((fault) => [fault, 0])) as never;
  exchanges = 0;
  /** Answers that were not to the request they were sent to. */
  replayed = 0;
  /** An answer was sent twice, and may yet be taken for the next one. */
  private isDoubled = false;
  /** The last answers by client and path, and one that was held back. */
  private readonly earlier = new Map<string, Answer[]>();
  private readonly held = new Map<string, Answer>();
  /** Faults still to come before each has been there once more. */
  private dealt: Fault[] = [];
  private readonly http = createServer((request, response) => {
    this.exchange(request, response).catch(() => response.destroy());
  });

  private constructor(readonly options: ProxyOptions) {}

  static async start(options: ProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve) => proxy.http.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${(proxy.http.address() as AddressInfo).port}/sync`;
    return proxy;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  private async exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { random, rate, onExchange, onSilence } = this.options;
    this.exchanges += 1;
    if (this.isDoubled) this.replayed += 1;
    this.isDoubled = false;
    const fault = random.chance(rate) ? this.next() : undefined;
    if (fault !== undefined) this.met[fault] += 1;
    let body = await bodyOf(request);
    const line = `${request.headers["x-client"]} ${request.url}`;

    if (fault === "drop the request") return void response.destroy();
    if (fault === "answer 503") return void response.writeHead(503, { "retry-after": "1" }).end();
    if (fault === "answer with a web page") {
      return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in to the network</html>");
    }
    if (fault === "flip a bit of the request") body = flipped(body, random);
    let answer = await this.forward(request, body);
    if (fault === "send the request twice") answer = await this.forward(request, body);
    await onExchange();

    const known = this.earlier.get(line) ?? [];
    this.earlier.set(line, [...known.slice(-3), answer]);
    if (fault === "drop the answer") return void response.destroy();
    if (fault === "never answer") return onSilence();
    if (fault === "hold the answer for a later request") {
      this.held.set(line, answer);
      return onSilence();
    }
    const late = this.held.get(line);
    if (late !== undefined) {
      this.held.delete(line);
      answer = late;
      this.replayed += 1;
    } else if (fault === "send an earlier answer" && known.length > 0) {
      answer = random.pick(known);
      this.replayed += 1;
    }
    if (fault === "delay the answer behind a write") await onExchange();
    await this.deliver(response, answer, fault);
  }

  /** In random order, but every one before any comes again: how many exchanges there are is a matter of time. */
  private next(): Fault | undefined {
    if (this.dealt.length === 0) this.dealt = this.options.random.sample(faults, faults.length);
    return this.dealt.pop();
  }

  private async deliver(response: ServerResponse, answer: Answer, fault: Fault | undefined): Promise<void> {
    const { random } = this.options;
    const { status, headers } = answer;
    const body = fault === "flip a bit of the answer" ? flipped(answer.body, random) : answer.body;
    const part = body.subarray(0, random.below(body.length + 1));
    if (fault === "truncate the answer") {
      response.writeHead(status, { ...headers, "content-length": String(body.length) });
      response.write(part);
      setImmediate(() => response.destroy());
    } else if (fault === "truncate the answer and say so") {
      response.writeHead(status, { ...headers, "content-length": String(part.length) }).end(part);
    } else if (fault === "send the answer twice") {
      // A second time on the same connection, where the client may take it for the answer to its next request.
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const { socket } = response;
      this.isDoubled = true;
      response.writeHead(status, headers).end(body, () => {
        socket?.write(`HTTP/1.1 ${status} OK\r\n${lines.join("")}content-length: ${body.length}\r\n\r\n`);
        socket?.write(body);
      });
    } else response.writeHead(status, { ...headers, "content-length": String(body.length) }).end(body);
  }

  private forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { target: port } = this.options;
    const kept = { ...headers, "content-length": String(body.length), host: "localhost" };
    return new Promise((resolve, reject) => {
      const onward = send({ ...{ host: "127.0.0.1", port, path: url, headers: kept }, method: method ?? "GET" });
      onward.once("error", reject);
      onward.once("response", (answer) => {
        bodyOf(answer).then((bytes) => {
          const { "content-type": type = "", "content-digest": digest } = answer.headers;
          const headers = { "content-type": type, ...(digest && { "content-digest": String(digest) }) };
          resolve({ status: answer.statusCode ?? 500, headers, body: bytes });
        }, reject);
      });
      onward.end(body);
    });
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}
