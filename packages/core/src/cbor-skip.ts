import type { CborReader } from "./cbor-reader.js";
import { descend, MAX_DEPTH } from "./cbor-value.js";
import { isUtf8 } from "./utf8.js";

/** Reads past any item, as strictly as `readValue`, and builds nothing. */
export function skipValue(reader: CborReader, depth: number = MAX_DEPTH): void {
  const kind = reader.kind();
  if (kind === "array" || kind === "map") {
    descend(reader, depth);
    let previous = -1;
    for (let left = reader.header(kind); left > 0; left--) {
      if (kind === "map") {
        const at = reader.offset;
        reader.expect("text");
        skipString(reader);
        if (previous >= 0) reader.checkKeyOrder(previous, at);
        previous = at;
      }
      skipValue(reader, depth - 1);
    }
  } else if (kind === "text" || kind === "bytes") {
    skipString(reader);
  } else {
    reader.scalar(kind);
  }
}

/** Reads past text or a byte string, as strictly as reading it. */
function skipString(reader: CborReader): void {
  const at = reader.offset;
  const isText = reader.kind() === "text";
  const end = reader.endOfString();
  if (isText && !isUtf8(reader.input, reader.offset, end)) reader.fail("text is not valid UTF-8", at);
  reader.offset = end;
}
