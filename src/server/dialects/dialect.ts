import type { OutgoingHttpHeaders } from 'node:http';
import type { StewardError } from '../../base/errors.ts';
import type { JsonSchema } from '../../base/schemas/validator.ts';
import type { Identified, Origin } from '../../gate/door.ts';

/** One request, taken apart for the tables. */
export interface DialectRequest {
  /** What stands in the path where the pattern has `{name}`, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** What stands before the path, as the caller sees it: scheme, host and whatever a proxy takes away. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as JSON, or as a form where the route takes one; an empty object where there is none. */
  readonly body: unknown;
}

/** An answer before it is written. */
export interface DialectReply {
  readonly status: number;
  /** Undefined where there is no body. */
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

/** The status of a success, and the shape of its body; no shape where it has no body. */
export interface Success {
  readonly status: number;
  readonly body?: JsonSchema;
}

/** One row of a dialect's table. */
export interface Route {
  readonly verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `{name}` stands for one segment of the path, `{name:a|b}` for one of these. */
  readonly path: string;
  /** One sentence, for the description that is published. */
  readonly summary: string;
  readonly calls: Calls;
  /** What it calls instead, where what is asked needs another. */
  readonly callsFor?: (asked: DialectRequest) => Calls | undefined;
  /** Set where nobody needs a credential; a bad one is still refused. */
  readonly open?: true;
  /** How the parameters of the command or method are read. */
  readonly params?: (asked: DialectRequest) => unknown;
  /** Another credential than what the dialect's callers carry. */
  readonly credential?: (asked: DialectRequest) => Pick<Origin, 'authorization' | 'credential'>;
  /** How a result becomes that system's answer. */
  readonly answer: (result: never, asked: DialectRequest, caller: Identified | undefined) => DialectReply;
  /** How a refusal does, where this route says it in its own way; the body is undefined where it was not read yet. */
  readonly refusal?: (error: StewardError, asked: DialectRequest) => DialectReply | undefined;
  /** What a success is, for the description that is published. */
  readonly success: Success;
  /** The shape of the body; absent where none is read. */
  readonly body?: JsonSchema;
  /**
   * The largest body, in bytes; `content` where callers store what they like: then the service's own bound for identified
   * callers is the only one. To be set where there is a body.
   */
  readonly maxBody?: number | 'content';
  /** What may stand in the query, with what it means. */
  readonly query?: Readonly<Record<string, string>>;
  /** What of that must. */
  readonly needs?: readonly string[];
  /** `form`: the body is a form, as browsers send one; `formOrJson`: one or JSON, as its Content-Type says. */
  readonly takes?: 'form' | 'formOrJson';
}

/** Paths that are a system's although none of its routes has them. */
export interface Unserved {
  owns(path: string): boolean;
  /** @param path as it came, without its query */
  answer(path: string): DialectReply;
}

/** A system's HTTP interface: its table, its credential, and how it says what went wrong. No logic and no data. */
export interface Dialect {
  readonly system: string;
  /** How its callers prove who they are, as OpenAPI's security scheme. */
  readonly security: { readonly name: string; readonly scheme: JsonSchema };
  readonly routes: readonly Route[];
  /** The shape of every refusal's body. */
  readonly refusalShape: JsonSchema;
  /** What may stand for `{name}` in its paths, where that is not just any segment. */
  readonly segments?: Readonly<Record<string, RegExp>>;
  /** What of a request is the credential of its callers: of its own kind, and nothing else. */
  credential(headers: DialectRequest['headers']): Pick<Origin, 'authorization' | 'credential'>;
  /** Whether those who hold the credential meant the request. @throws what it is refused for */
  assertGenuine?(route: Route, headers: DialectRequest['headers'], base: string): void;
  /** How a refusal becomes its answer. */
  refusal(error: StewardError, caller: Identified | undefined): DialectReply;
  /** The answer to a verb that a path of its does not have. */
  wrongVerb(verb: string, allowed: readonly string[]): DialectReply;
  /** Set where a path means the same with a last slash and without. */
  readonly optionalSlash?: true;
  /** What is answered on paths that no route has. */
  readonly unserved?: Unserved;
  /** Set where a body with another Content-Type than JSON is refused; one without a Content-Type is read as JSON. */
  readonly jsonOnly?: true;
  /** How a body is written; JSON as it is where absent. */
  write?(body: unknown, asked: Pick<DialectRequest, 'headers'>): string;
  /** Headers of every answer. */
  readonly headers?: OutgoingHttpHeaders;
}
