export class SmallClient {
  constructor(options: { url: string; headers?: Record<string, string> });
  readonly rows: Map<string, Map<string, Record<string, unknown>>>;
  sync(options?: { sketch?: boolean }): Promise<{ inSync: boolean; requests: number }>;
  forget(collection: string, key: string): void;
  damage(collection: string, key: string): void;
}
