import { hash } from "fast-sha256";

/** SHA-256 in plain JavaScript, for React Native and whatever else is neither Node nor a browser. */
export const sha256: (bytes: Uint8Array) => Uint8Array = hash;
