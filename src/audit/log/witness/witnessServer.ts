import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Witness, WitnessAnswer } from './witness.ts';

/** A proof has at most 63 hashes, and a checkpoint some signatures. */
const MAX_BODY = 64 * 1024;
const MAX_DISCARDED = 1024 * 1024;
/** How long a request may take to arrive. */
const REQUEST_MS = 10_000;

export interface WitnessServerOptions {
  readonly host: string;
  readonly port: number;
  /** Called with errors that are not the client's. */
  readonly failed: (error: unknown) => void;
}

/** Answers `POST /add-checkpoint` and `GET /<SHA-256 of the origin>/checkpoint`. It makes no requests itself. */
export async function startWitness(
  witness: Witness,
  { host, port, failed }: WitnessServerOptions,
): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void respond(response, () => answerTo(request, witness), failed);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}` };
}

async function respond(
  response: ServerResponse,
  answer: () => Promise<WitnessAnswer>,
  failed: (error: unknown) => void,
): Promise<void> {
  let given: WitnessAnswer;
  try {
    given = await answer();
  } catch (error) {
    failed(error);
    given = { status: 500, text: 'The witness has failed; its log says why.\n' };
  }
  const { status, text, type = 'text/plain; charset=utf-8' } = given;
  // The rest of a body that is too long is not read.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': type }).end(text);
}

async function answerTo(request: IncomingMessage, witness: Witness): Promise<WitnessAnswer> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return { status: 405, text: 'POST it.\n' };
    const body = await bodyOf(request);
    return body === undefined
      ? { status: 413, text: `The body may have at most ${MAX_BODY} bytes.\n` }
      : witness.addCheckpoint(body);
  }
  const [, originHash] = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path) ?? [];
  if (originHash === undefined || request.method !== 'GET') {
    return { status: 404, text: 'A witness has POST /add-checkpoint, and GET /SHA-256-OF-THE-ORIGIN/checkpoint.\n' };
  }
  const note = await witness.newest(originHash);
  return note === undefined
    ? { status: 404, text: 'Nothing of this log was cosigned.\n' }
    : { status: 200, text: note };
}

/** The body; undefined if it is too long. Then a little more is read, since a client that is still sending might not see the answer. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not close the connection, which is still needed for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_DISCARDED) return undefined;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length > MAX_BODY ? undefined : Buffer.concat(chunks).toString();
}
