import { prepareMysql } from "../mysql.js";
import { required } from "./required.js";

export async function setup(): Promise<void> {
  await required("mysql");
  await prepareMysql();
}
