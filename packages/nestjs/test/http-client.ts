import {
  compileDigest,
  decodePullAnswer,
  decodeVerifyAnswer,
  encodePullRequest,
  encodeVerifyRequest,
  fingerprint,
  type Manifest,
  type MediaType,
  PROTOCOL,
  type PullAnswer,
  RootState,
  type RowsByCollection,
  Sketch,
  type VerifyAnswer,
  type VerifyRequest,
} from "@digest-sync/core";

/** A client in its barest form: the digests of what it was sent, and core's messages over fetch. */
export class BareClient {
  readonly digests: Uint8Array[] = [];
  headers: Record<string, string> = {};

  constructor(
    private readonly url: string,
    private readonly manifest: Manifest,
    private readonly media: MediaType = "application/cbor",
  ) {}

  /** The request that describes what this client holds. */
  request(): VerifyRequest {
    const state = new RootState();
    const sketch = Sketch.of(32);
    for (const digest of this.digests) {
      state.add(digest);
      sketch.add(digest);
    }
    return { ...this.hello(), count: state.count, root: state.root(), sketch: sketch.toBytes(state.count) };
  }

  async verify(): Promise<VerifyAnswer> {
    const bytes = await this.post("verify", encodeVerifyRequest(this.request(), this.media));
    return decodeVerifyAnswer(bytes, this.media);
  }

  /** Pulls everything into an empty client; the answers, one a page. */
  async pull(): Promise<PullAnswer[]> {
    const pages: PullAnswer[] = [];
    let more = true;
    while (more) {
      const last = pages.at(-1);
      const after = last?.type === "page" && last.next ? { after: last.next } : {};
      const bytes = await this.post("pull", encodePullRequest({ ...this.hello(), ...after }, this.media));
      const page = decodePullAnswer(bytes, this.media);
      pages.push(page);
      if (page.type === "page") this.take(page.rows);
      more = page.type === "page" && page.next !== undefined;
    }
    return pages;
  }

  take(rows: RowsByCollection): void {
    for (const [collection, encodings] of Object.entries(rows)) {
      const digest = compileDigest(collection, this.manifest.algorithm);
      for (const encoding of encodings) this.digests.push(digest(encoding));
    }
  }

  private hello() {
    return { protocol: PROTOCOL, algorithm: this.manifest.algorithm, manifest: fingerprint(this.manifest) };
  }

  private async post(route: string, body: Uint8Array): Promise<Uint8Array> {
    const headers = { ...this.headers, "content-type": this.media, accept: this.media };
    const response = await fetch(`${this.url}/${route}`, { method: "POST", headers, body });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${response.status} ${new TextDecoder().decode(bytes)}`);
    if (response.headers.get("content-type") !== this.media)
      throw new Error(`answered ${response.headers.get("content-type")}`);
    return bytes;
  }
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly type: string;
  readonly headers: Headers;
}

/** Posts a body and reads the problem it is answered with. */
export async function problemFor(url: string, init: RequestInit & { duplex?: "half" }): Promise<Problem> {
  const response = await fetch(url, { method: "POST", ...init });
  const text = await response.text();
  if (response.headers.get("content-type") !== "application/problem+json") {
    throw new Error(`no problem but ${response.status} ${response.headers.get("content-type")} ${text}`);
  }
  const problem = JSON.parse(text) as Omit<Problem, "headers">;
  if (problem.status !== response.status) throw new Error(`status ${response.status} with ${text}`);
  return { ...problem, headers: response.headers };
}
