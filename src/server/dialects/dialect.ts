import type { OutgoingHttpHeaders } from 'node:http';
import type { Reason, StewardError } from '../../base/errors.ts';
import type { JsonSchema } from '../../base/schemas/validator.ts';
import type { Identified, Origin } from '../../gate/door.ts';

export interface DialectRequest {
  /** The segments of the path for which the pattern has `{name}`, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The beginning of the URL as the caller sees it: scheme, host, and whatever a proxy removes before the path. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, parsed as JSON or as a form; an empty object if the route has none. */
  readonly body: unknown;
}

export interface DialectReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: OutgoingHttpHeaders;
}

/** The largest body of a form, in bytes, and of a route whose lists are bounded elsewhere. */
export const FORM_BYTES = 16 * 1024;
export const LIST_BYTES = 1024 * 1024;

/**
 * What a route calls: a command, as an administrator; a method, as the caller; or the command where the caller may run
 * it and else the method of the same work.
 */
export type Calls = { readonly command?: string; readonly method?: string };

/** The status of a success, and the shape of its body, if it has one. */
export interface Success {
  readonly status: number;
  readonly body?: JsonSchema;
}

export interface Route {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` matches one segment of the path, `{name:a|b}` one of these words. */
  readonly path: string;
  /** One sentence for the OpenAPI description. */
  readonly summary: string;
  readonly calls: Calls;
  /** What it calls instead for some requests. */
  readonly callsFor?: (request: DialectRequest) => Calls | undefined;
  /** Set if no credential is needed; an invalid one is still refused. */
  readonly open?: true;
  /** Reads the parameters of the command or method. */
  readonly params?: (request: DialectRequest) => unknown;
  /** Reads another credential than the dialect's. */
  readonly credential?: (request: DialectRequest) => Pick<Origin, 'authorization' | 'credential'>;
  /** Turns a result into the system's answer. */
  readonly answer: (result: never, request: DialectRequest, caller: Identified | undefined) => DialectReply;
  /** Turns an error into an answer of this route's own, if it has one. The body is undefined if it was not read yet. */
  readonly refusal?: (error: StewardError, request: DialectRequest) => DialectReply | undefined;
  /** For the OpenAPI description. */
  readonly success: Success;
  /** The shape of the body; absent if none is read. */
  readonly body?: JsonSchema;
  /**
   * The largest body, in bytes; with `content`, which callers store as it is, only the service's own bound holds.
   * Required if there is a body.
   */
  readonly maxBody?: number | 'content';
  /** The parameters of the query, with descriptions. */
  readonly query?: Readonly<Record<string, string>>;
  readonly needs?: readonly string[];
  /** `form`: the body is an HTML form; `formOrJson`: a form or JSON, depending on its Content-Type. */
  readonly takes?: 'form' | 'formOrJson';
}

/** The answers to errors, by their reason. */
export type Refusals = Readonly<Partial<Record<Reason, (error: StewardError) => DialectReply>>>;

/** Paths of a system that none of its routes matches. */
export interface UnknownPaths {
  owns(path: string): boolean;
  /** @param path undecoded, without the query */
  answer(path: string): DialectReply;
}

/** A system's HTTP interface: its routes, its credential and its errors. It has no logic and no data. */
export interface Dialect {
  readonly system: string;
  /** The OpenAPI security scheme of its credential. */
  readonly security: { readonly name: string; readonly scheme: JsonSchema };
  readonly routes: readonly Route[];
  readonly refusalShape: JsonSchema;
  /** What `{name}` may match in its paths, if not any segment. */
  readonly segments?: Readonly<Record<string, RegExp>>;
  /** Reads the credential: only of the kind that this system uses. */
  credential(headers: DialectRequest['headers']): Pick<Origin, 'authorization' | 'credential'>;
  /** Refuses forged requests that a browser sends with the user's credential. @throws cross_site, parse_error */
  assertGenuine?(route: Route, headers: DialectRequest['headers'], base: string): void;
  refusal(error: StewardError, caller: Identified | undefined): DialectReply;
  /** The answer to a verb for which a path has no route. */
  wrongVerb(verb: string, allowed: readonly string[]): DialectReply;
  /** A prefix that all paths may also have, since the system itself serves them below it. */
  readonly prefix?: string;
  /** Set if paths mean the same with and without a trailing slash. */
  readonly optionalSlash?: true;
  readonly unknownPaths?: UnknownPaths;
  /** Set if bodies of another Content-Type than JSON are refused; without a Content-Type they are read as JSON. */
  readonly jsonOnly?: true;
  /** Serialises a body; `JSON.stringify` by default. */
  write?(body: unknown, request: Pick<DialectRequest, 'headers'>): string;
  readonly headers?: OutgoingHttpHeaders;
}
