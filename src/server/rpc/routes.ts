import type { OutgoingHttpHeaders } from 'node:http';
import type { Identified } from '../../gate/door.ts';
import type { RequestOrigin } from './calls.ts';

/** A request on a path of another system, with its whole body. */
export interface RouteRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
  /** The caller or the site that the body is charged to. */
  readonly sender: string;
  readonly origin: RequestOrigin;
}

/** A request before its body. */
export type RouteHead = Omit<RouteRequest, 'body' | 'sender'>;

export interface RouteReply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | undefined;
}

/** An answer that may be long: its body is produced piece by piece while it is sent. */
export interface StreamedReply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly pieces: AsyncIterable<string>;
}

export interface RouteHandler {
  /** Whether everybody may read the answer without a credential, from pages of any site. */
  readonly isPublic: boolean;
  /** The largest body of an identified caller, in bytes; Infinity if only the service's own bound holds. */
  readonly maxBodyBytes: number;
  /** The caller by the headers; undefined for an anonymous one. Rejects if the credential is not valid. */
  identify(request: RouteHead): Promise<Identified | undefined>;
  /** Never rejects. */
  answer(request: RouteRequest): Promise<RouteReply | StreamedReply>;
  /** The answer to a request whose body could not be read. */
  refused(error: unknown, request: RouteHead): RouteReply;
}

export interface Routes {
  /** The handler for this verb on this path (without the query), if there is one. */
  handlerOf(verb: string, path: string): RouteHandler | undefined;
  /** The answer to a request that nothing else answers. */
  readonly notFound: RouteReply;
}
