/** How many bytes of a broken text are examined, which takes a few milliseconds. */
export const MAX_EXAMINED_BYTES = 1024 * 1024;
/** How many bytes at the end of a longer text are examined too, since some clients write `jsonrpc` last. */
export const END = 1_024;

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Whether a text that could not be parsed was meant as JSON-RPC 2.0: it begins with `[`, as only batches do, or has the
 * key `jsonrpc` in the envelope. The text may be broken or cut anywhere, so unbalanced brackets are ignored.
 *
 * @param text the beginning of the text, or all of it
 * @param end the last bytes, if `text` is not all of it
 */
export function announces20(text: Uint8Array, end?: Uint8Array): boolean {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const start = firstOf(bytes);
  if (bytes[start] === OPEN_LIST) return true;
  if (bytes[start] !== OPEN_OBJECT) return false;
  if (namesInEnvelope(bytes.subarray(start, start + MAX_EXAMINED_BYTES))) return true;
  const last = end === undefined ? bytes.subarray(-END) : Buffer.from(end);
  const isLonger = end !== undefined || bytes.length > MAX_EXAMINED_BYTES;
  return isLonger && /"jsonrpc"\s*:[^{}[\]]*\}\s*$/.test(last.toString('latin1'));
}

/** The offset of the text after blanks and a byte order mark. */
function firstOf(bytes: Buffer): number {
  let at = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  while (at < MAX_EXAMINED_BYTES && BLANK.has(bytes[at] ?? 0)) at += 1;
  return at;
}

function namesInEnvelope(bytes: Buffer): boolean {
  /** For each open bracket, whether it opens an object. */
  const open: boolean[] = [];
  let objects = 0;
  let [namesVersion, namesDeeper] = [false, false];
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case OPEN_OBJECT:
        open.push(true);
        objects += 1;
        break;
      case OPEN_LIST:
        open.push(false);
        break;
      case CLOSE_OBJECT:
        // Also closes the lists in the object that were never closed.
        while (open.length > 0 && !open.pop());
        objects = Math.max(0, objects - 1);
        break;
      case CLOSE_LIST:
        if (open.at(-1) === false) open.pop();
        break;
      case QUOTE: {
        const end = endOfText(bytes, at);
        const isKey = isFollowedByColon(bytes, end);
        const key = isKey && end - at < 16 ? bytes.toString('latin1', at + 1, end - 1) : '';
        // A key directly in a list belongs to the object around it: the list was never closed.
        if (key === 'jsonrpc' && objects <= 1) return true;
        namesDeeper ||= key === 'jsonrpc';
        namesVersion ||= key === 'version' && objects <= 1;
        at = end - 1;
      }
    }
  }
  // If a bracket is missing, the depth is unknown: then only the key of the 1.1 envelope rules out 2.0.
  return namesDeeper && open.length > 0 && !namesVersion;
}

/** The offset after the closing quotation mark, or the end of the text. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}

function isFollowedByColon(bytes: Buffer, from: number): boolean {
  let at = from;
  while (at < bytes.length && BLANK.has(bytes[at] ?? 0)) at += 1;
  return bytes[at] === COLON;
}
