import { preparePostgresql } from "../postgresql.js";
import { schemas } from "../schemas.js";
import { required } from "./required.js";

export async function setup(): Promise<() => Promise<void>> {
  await required("postgresql");
  return await preparePostgresql(schemas);
}
