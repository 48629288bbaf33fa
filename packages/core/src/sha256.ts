import { hash } from "fast-sha256";

/** SHA-256 of the bytes (32 bytes), where there is no node:crypto: browsers, React Native. */
export const sha256: (bytes: Uint8Array) => Uint8Array = hash;
