import { Random } from "../../../fuzz/src/random.js";
import type { PrismaClient } from "../../../prisma/generated/campaigns/prisma/client.js";
import { RolledBack } from "../operations/errors.js";
import type { Writer } from "../operations/writer.js";

// A lane is a sequence of transactions on rows that no other lane touches, each following from the seed and its number
// alone. So it is known what the rows must be after every one of them, whoever was killed when.

/** Messages and chats of a lane: message -> chat and text, chat -> account. */
export interface LaneState {
  readonly chats: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, readonly [chat: string, body: string]>>;
}

export const nothing: LaneState = { chats: {}, messages: {} };

interface Step {
  readonly kind: "put" | "put both" | "move chat" | "drop message" | "drop chat" | "roll back";
  readonly chat: string;
  readonly account: string;
  readonly messages: readonly [string, string];
  readonly body: string;
}

/** The accounts that lanes write to. They are there from the start, and stay. */
export const laneAccounts = ["a0", "a1", "a2"];
const kinds: readonly Step["kind"][] = [
  "put",
  "put",
  "put both",
  "move chat",
  "drop message",
  "drop chat",
  "roll back",
];

const prefix = (lane: number) => `l${lane}-`;

function stepAt(seed: number, lane: number, index: number): Step {
  const random = new Random(seed, lane * 10_000_000 + index);
  const id = (letter: string, count: number) => `${prefix(lane)}${letter}${random.below(count)}`;
  return {
    kind: random.pick(kinds),
    chat: id("h", 3),
    account: random.pick(laneAccounts),
    messages: [id("m", 8), id("m", 8)],
    body: `${index}`,
  };
}

/** What the step makes of the rows. */
export function after(state: LaneState, seed: number, lane: number, index: number): LaneState {
  const { kind, chat, account, messages, body } = stepAt(seed, lane, index);
  const put = (ids: readonly string[]): LaneState => ({
    chats: { ...state.chats, [chat]: state.chats[chat] ?? account },
    messages: { ...state.messages, ...Object.fromEntries(ids.map((id) => [id, [chat, body] as const])) },
  });
  switch (kind) {
    case "put":
      return put(messages.slice(0, 1));
    case "put both":
      return put(messages);
    case "move chat":
      return chat in state.chats ? { ...state, chats: { ...state.chats, [chat]: account } } : state;
    case "drop message":
      return { ...state, messages: without(state.messages, (id) => id === messages[0]) };
    case "drop chat":
      return {
        chats: without(state.chats, (id) => id === chat),
        messages: without(state.messages, (_, [of]) => of === chat),
      };
    case "roll back":
      return state;
  }
}

function without<Value>(record: Readonly<Record<string, Value>>, drop: (id: string, value: Value) => boolean) {
  return Object.fromEntries(Object.entries(record).filter(([id, value]) => !drop(id, value)));
}

/** Writes a step: one transaction. */
export async function write(client: PrismaClient, seed: number, lane: number, index: number): Promise<void> {
  const { kind, chat, account, messages, body } = stepAt(seed, lane, index);
  const put = (db: Writer, id: string) => {
    const of = { connectOrCreate: { where: { id: chat }, create: { id: chat, accountId: account, title: "" } } };
    const create = { id, body, sentAt: new Date(index), chat: of };
    return db.message.upsert({ where: { id }, create, update: { body, chat: of } });
  };
  const putBoth = async (db: Writer) => {
    for (const id of messages) await put(db, id);
  };
  if (kind === "put") await put(client, messages[0]);
  else if (kind === "put both") await client.$transaction(putBoth, patience);
  else if (kind === "move chat") await client.chat.updateMany({ where: { id: chat }, data: { accountId: account } });
  else if (kind === "drop message") await client.message.deleteMany({ where: { id: messages[0] } });
  else if (kind === "drop chat") await client.chat.deleteMany({ where: { id: chat } });
  else {
    const rolledBack = client.$transaction(async (db) => {
      await putBoth(db);
      throw new RolledBack();
    }, patience);
    await rolledBack.catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  }
}

const patience = { maxWait: 20_000, timeout: 20_000 };

/** The rows of a lane as they are. */
export async function read(client: PrismaClient, lane: number): Promise<LaneState> {
  const where = { id: { startsWith: prefix(lane) } };
  // In one transaction, so that it is one moment.
  const [chats, messages] = await client.$transaction([
    client.chat.findMany({ where }),
    client.message.findMany({ where }),
  ]);
  return {
    chats: Object.fromEntries(chats.map(({ id, accountId }) => [id, accountId])),
    messages: Object.fromEntries(messages.map(({ id, chatId, body }) => [id, [chatId, body] as const])),
  };
}

/** Where a lane stands: the next step, and what the rows are before it. */
export class Position {
  index = 0;
  state: LaneState = nothing;
  readonly #seed: number;
  readonly #lane: number;

  constructor(seed: number, lane: number) {
    this.#seed = seed;
    this.#lane = lane;
  }

  /** Goes on to the step with this number. */
  advance(index: number): void {
    for (; this.index < index; this.index++) this.state = after(this.state, this.#seed, this.#lane, this.index);
  }

  /**
   * Settles where the lane stands by what its rows are: steps before `index` were acknowledged, the next one was perhaps
   * under way. @returns whether the rows are of neither.
   */
  find(actual: LaneState): "acknowledged" | "one more" | "neither" {
    if (equal(actual, this.state)) return "acknowledged";
    if (!equal(actual, after(this.state, this.#seed, this.#lane, this.index))) return "neither";
    this.advance(this.index + 1);
    return "one more";
  }
}

export function equal(a: LaneState, b: LaneState): boolean {
  const text = ({ chats, messages }: LaneState) =>
    JSON.stringify([Object.entries(chats).sort(byName), Object.entries(messages).sort(byName)]);
  return text(a) === text(b);
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
