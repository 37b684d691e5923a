import { connect } from 'node:net';

/** A request as it is sent, whether or not a client would send it. */
export interface FuzzedRequest {
  readonly verb: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as UTF-8. */
  readonly body?: string;
}

export interface Exchanged {
  /** 0 where nothing was answered. */
  readonly status: number;
  readonly body: string;
  /** Whether the connection was closed from here, while the service may still be at work. */
  readonly isCut: boolean;
}

let sent = 0;

/** The bytes of a request; each has an address of its own, so that none uses up the attempts of another. */
export function bytesOf({ verb, path, headers, body }: FuzzedRequest): Buffer {
  sent += 1;
  const all: Readonly<Record<string, string>> = {
    Host: 'steward.example.org',
    Connection: 'close',
    'X-Forwarded-For': `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`,
    ...headers,
    ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${verb} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    Buffer.from(body ?? ''),
  ]);
}

/** After how long a connection is closed on which nothing more is received: the service waits for the rest of a request. */
const QUIET_MS = 200;

/**
 * Sends the bytes on a connection of their own, and waits until the service closes it.
 *
 * @param isBroken whether the service may wait for more than there is
 */
export async function exchange(port: number, bytes: Uint8Array, isBroken = false): Promise<Exchanged> {
  const chunks: Buffer[] = [];
  const socket = connect(port, '127.0.0.1');
  let isCut = false;
  if (isBroken) {
    socket.setTimeout(QUIET_MS, () => {
      isCut = true;
      socket.destroy();
    });
  }
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    // The service drops what is not HTTP, and then sending may fail.
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.write(bytes);
  });
  return { ...answerIn(Buffer.concat(chunks)), isCut };
}

function answerIn(bytes: Buffer): Omit<Exchanged, 'isCut'> {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, Math.max(end, 0)).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  const body = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4);
  const isChunked = /^transfer-encoding: chunked$/im.test(head);
  return { status, body: (isChunked ? withoutChunks(body) : body).toString() };
}

function withoutChunks(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, Math.max(line, at)).toString('latin1'), 16);
    if (line < 0 || !(size > 0)) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
