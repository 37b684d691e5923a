import type { OutgoingHttpHeaders } from 'node:http';
import type { Identified } from '../../gate/door.ts';
import type { RequestOrigin } from './calls.ts';

/** A request on a path that is not JSON-RPC's, with its body whole. */
export interface RouteRequest {
  /** Path and query, as they came. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** Whom the body counts for. */
  readonly sender: string;
  readonly origin: RequestOrigin;
}

/** A request of which the body is yet to come. */
export type RouteHead = Omit<RouteRequest, 'body' | 'sender'>;

export interface RouteReply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Undefined where there is none. */
  readonly body: string | undefined;
}

/** An answer that may be long: its body is made piece by piece while it is sent. */
export interface StreamedReply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly pieces: AsyncIterable<string>;
}

/** Whoever answers one request. */
export interface RouteHandler {
  /** Whether everybody may read the answer, whichever site's page they are on: nobody needs a credential. */
  readonly isPublic: boolean;
  /** The largest body of an identified caller, in bytes; Infinity where the service's own bound is the only one. */
  readonly maxBodyBytes: number;
  /** Who calls, as far as the headers say; undefined for nobody. Rejects where the credential does not hold. */
  identify(request: RouteHead): Promise<Identified | undefined>;
  /** Never rejects. */
  answer(request: RouteRequest): Promise<RouteReply | StreamedReply>;
  /** The answer to a request whose body could not be taken. */
  refused(error: unknown, request: RouteHead): RouteReply;
}

/** Paths that other systems' clients know, beside JSON-RPC. */
export interface Routes {
  /** Who answers this verb on this path (without its query); undefined where it is nobody's. */
  handlerOf(verb: string, path: string): RouteHandler | undefined;
  /** The answer to a verb that is nobody's on a path that is nobody's. */
  readonly nowhere: RouteReply;
}
