/** So much of a broken text is looked at: a few milliseconds' work. */
export const LOOKED_AT = 1024 * 1024;
/** Of a longer text, this much of its end too: some clients write `jsonrpc` last. */
export const END = 1_024;

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Whether a text that could not be read to its end was meant as JSON-RPC 2.0: it begins with `[`, as only batches do, or
 * names `jsonrpc` in the envelope. The text may be broken or cut anywhere, so brackets that do not fit are passed over.
 *
 * @param text its beginning, or all of it
 * @param end its last bytes, where not all of it is in `text`
 */
export function announces20(text: Uint8Array, end?: Uint8Array): boolean {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const start = firstOf(bytes);
  if (bytes[start] === OPEN_LIST) return true;
  if (bytes[start] !== OPEN_OBJECT) return false;
  if (namesInEnvelope(bytes.subarray(start, start + LOOKED_AT))) return true;
  const last = end === undefined ? bytes.subarray(-END) : Buffer.from(end);
  const isLonger = end !== undefined || bytes.length > LOOKED_AT;
  return isLonger && /"jsonrpc"\s*:[^{}[\]]*\}\s*$/.test(last.toString('latin1'));
}

/** Where the text begins after blanks and a byte order mark. */
function firstOf(bytes: Buffer): number {
  let at = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0;
  while (at < LOOKED_AT && BLANK.has(bytes[at] ?? 0)) at += 1;
  return at;
}

function namesInEnvelope(bytes: Buffer): boolean {
  /** What is open: whether it is an object. */
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
        // Closes the lists in it that were never closed.
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
        // A key that stands right in a list is in the object around it: the list was never closed.
        if (key === 'jsonrpc' && objects <= 1) return true;
        namesDeeper ||= key === 'jsonrpc';
        namesVersion ||= key === 'version' && objects <= 1;
        at = end - 1;
      }
    }
  }
  // Where something is missing, the depth is not known: then only KBase's own key says that it is no 2.0.
  return namesDeeper && open.length > 0 && !namesVersion;
}

/** After the closing quotation mark, or the end of the text. */
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
