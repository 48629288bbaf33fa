import { DigestSyncError, type MediaType } from "@digest-sync/core";

/** The media type of a request body, from its Content-Type; parameters (`charset`) change nothing. */
export function requestMedia(contentType: string | undefined): MediaType {
  const media = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  if (media === "application/cbor" || media === "application/json") return media;
  throw new DigestSyncError(
    "unsupported-media-type",
    "The body must be application/cbor or application/json, and the Content-Type header must say which.",
  );
}

/**
 * The media type of an answer, from Accept (RFC 9110, 12.5.1). CBOR, unless JSON is preferred, or named where CBOR
 * matches a wildcard only: so `application/json, text/plain, *\/*`, which many HTTP clients send, is answered in JSON.
 * A client that accepts neither gets CBOR, which the RFC allows in place of 406.
 */
export function answerMedia(accept: string | undefined): MediaType {
  if (accept === undefined) return "application/cbor";
  const cbor = preference(accept, "application/cbor");
  const json = preference(accept, "application/json");
  if (json.quality > cbor.quality) return "application/json";
  if (json.quality === cbor.quality && json.specificity > cbor.specificity) return "application/json";
  return "application/cbor";
}

function preference(accept: string, media: MediaType): { quality: number; specificity: number } {
  const ranges = [media, "application/*", "*/*"];
  let best = { quality: 0, specificity: 0 };
  for (const item of accept.split(",")) {
    const [range = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const place = ranges.indexOf(range);
    if (place < 0) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const quality = weight === undefined ? 1 : Number(weight) || 0;
    // The most specific range decides, whatever its weight: `*/*, application/json;q=0` refuses JSON.
    const specificity = ranges.length - place;
    if (specificity > best.specificity) best = { quality, specificity };
  }
  return best;
}
