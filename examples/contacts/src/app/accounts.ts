/** An account of the example: whose contacts and messages they are. */
export interface ExampleAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** What its devices send as `Authorization: Bearer <token>`. A real app has sessions in place of this constant. */
  readonly token: string;
}

export const accounts = [
  { id: "account-ada", name: "Ada Whitfield", email: "ada@example.com", token: "token-of-ada" },
  { id: "account-bruno", name: "Bruno Reimann", email: "bruno@example.com", token: "token-of-bruno" },
  { id: "account-chie", name: "Chie Morita", email: "chie@example.com", token: "token-of-chie" },
] as const satisfies readonly ExampleAccount[];

/** The account a token belongs to; undefined for any other text. */
export function accountOfToken(token: string): string | undefined {
  return accounts.find((account) => account.token === token)?.id;
}
