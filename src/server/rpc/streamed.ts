import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { piecesOf } from '../../base/json/bytes.ts';
import type { Body } from './envelope.ts';
import type { StreamedReply } from './routes.ts';

/** An answer of fewer characters is sent as a whole, with its length. */
const SHORT = 64 * 1024;
/** A client that reads nothing for this long is disconnected, since the unread part is held in memory. */
export const STALL_MS = 30_000;

/** Disconnects a client that stops reading this answer. */
export function cutIfStalled(response: ServerResponse, afterMs: number): void {
  response.setTimeout(afterMs, () => response.destroy());
}

/**
 * Sends a body piece by piece, as fast as the client reads. If the client is gone, no more pieces are produced.
 *
 * @param isHead whether only the headers are sent
 * @throws what producing a piece throws; if nothing was sent yet, another answer can still be given
 */
export async function sendStreamed(
  response: ServerResponse,
  { status, headers, pieces }: StreamedReply,
  { isHead, stallMs }: { readonly isHead: boolean; readonly stallMs: number },
): Promise<void> {
  let pending = '';
  for await (const piece of pieces) {
    if (response.destroyed) return;
    pending += piece;
    if (pending.length < SHORT) continue;
    if (!response.headersSent) {
      response.writeHead(status, headers);
      if (isHead) break;
      cutIfStalled(response, stallMs);
    }
    const taken = response.write(pending);
    pending = '';
    if (!taken && !(await drained(response))) return;
  }
  if (!response.headersSent) response.writeHead(status, { 'Content-Length': Buffer.byteLength(pending), ...headers });
  response.end(isHead ? undefined : pending);
}

/**
 * Sends a body after its headers, as fast as the client reads. If the client is gone, nothing more is read.
 *
 * @throws what reading throws; then the answer cannot be completed
 */
export async function sendPieces(response: ServerResponse, body: Body): Promise<void> {
  for (const chunk of body) {
    for await (const piece of typeof chunk === 'string' ? [chunk] : piecesOf(chunk)) {
      if (response.destroyed || !(await written(response, piece))) return;
    }
  }
  response.end();
}

/** Writes a piece, whose memory is free again when this resolves; false if the client is gone. */
function written(response: ServerResponse, piece: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    response.once('close', gone);
    response.write(piece, (error) => {
      response.off('close', gone);
      resolve(!error);
    });
  });
}

/** Waits until the client has read what was written; false if the client is gone. */
async function drained(response: ServerResponse): Promise<boolean> {
  if (response.destroyed) return false;
  const ended = new AbortController();
  const { signal } = ended;
  const which = await Promise.race([
    once(response, 'drain', { signal }).then(() => true),
    once(response, 'close', { signal }).then(() => false),
  ]);
  ended.abort();
  return which;
}
