import { hash } from "fast-sha256";

/** SHA-256 in plain JavaScript, for browsers and React Native: their own crypto.subtle is asynchronous. */
export const sha256: (bytes: Uint8Array) => Uint8Array = hash;
