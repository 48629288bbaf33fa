import { type ChildProcess, fork } from "node:child_process";
import type { Cost } from "./meter.js";

/** What the process of the apps is told to do. */
export type Command =
  | { readonly do: "start"; readonly careful: boolean }
  | { readonly do: "stop" }
  | { readonly do: "write"; readonly seed: number }
  | { readonly do: "audit" };

export interface Reply {
  readonly value?: unknown;
  readonly error?: string;
}

/** What a request cost, and what the apps logged as errors meanwhile. */
export interface Measured extends Cost {
  readonly errors: readonly string[];
}

export type Platform = "express" | "fastify";

/** Milliseconds without a sign of life after which the process counts as hung. */
const patience = 60_000;

/** The process with the apps, seen from the fuzzer. */
export class Remote {
  readonly #child: ChildProcess;
  #waiting: { resolve(value: unknown): void; reject(error: Error): void } | undefined;
  /** Why the process is no more; undefined while it lives. */
  ended: string | undefined;
  urls: Record<Platform, string> = { express: "", fastify: "" };

  private constructor(scale: number) {
    this.#child = fork(new URL("./process.js", import.meta.url), [String(scale)], {
      execArgv: ["--expose-gc"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (reply: Reply) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (reply.error === undefined) waiting?.resolve(reply.value);
      else waiting?.reject(new Error(reply.error));
    });
    this.#child.on("exit", (code, signal) => {
      this.ended = `the server process ended (${signal ?? `status ${code}`})`;
      this.#waiting?.reject(new Error(this.ended));
    });
  }

  static async start(scale: number): Promise<Remote> {
    const remote = new Remote(scale);
    remote.urls = (await remote.#reply()) as Remote["urls"];
    return remote;
  }

  /** Commands go one at a time. */
  async send(command: Command): Promise<unknown> {
    if (this.ended) throw new Error(this.ended);
    this.#child.send(command);
    return this.#reply();
  }

  async measure<Value>(work: () => Promise<Value>, careful = false): Promise<{ value: Value; measured: Measured }> {
    await this.send({ do: "start", careful });
    const value = await work();
    return { value, measured: (await this.send({ do: "stop" })) as Measured };
  }

  stop(): void {
    this.#child.removeAllListeners("exit");
    this.#child.disconnect();
  }

  #reply(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.ended = `the server process gave no sign of life for ${patience / 1_000} s`;
        this.#child.kill("SIGKILL");
        reject(new Error(this.ended));
      }, patience);
      const settle =
        <Argument>(then: (argument: Argument) => void) =>
        (argument: Argument) => {
          clearTimeout(timer);
          then(argument);
        };
      this.#waiting = { resolve: settle(resolve), reject: settle(reject) };
    });
  }
}
