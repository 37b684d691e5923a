import type { IncomingMessage } from 'node:http';
import { type Answer, type Loopback, startLoopback } from './loopback.ts';

/** A KBase auth service on loopback, which can be told to misbehave. */
export interface AuthServer extends Loopback {
  /** Whose each token is. */
  readonly tokens: Map<string, string>;
  /** Every user, with custom roles. */
  readonly users: Map<string, readonly string[]>;
  /** What was asked, in order: `GET /path authorization`. */
  readonly asked: string[];
  /** How many of those were for a path that begins so. */
  count(path: string): number;
  /** From now on paths that begin so are answered in this way; without one, as they should be. */
  answer(path: string, answer: Answer | undefined): void;
}

export async function startAuthServer(users: Readonly<Record<string, readonly string[]>> = {}): Promise<AuthServer> {
  const tokens = new Map(Object.keys(users).map((user) => [`tok-${user}`, user]));
  const known = new Map(Object.entries(users));
  const asked: string[] = [];
  const special = new Map<string, Answer>();
  const listener: Answer = (request, response) => {
    const path = request.url ?? '';
    const { authorization = '' } = request.headers;
    asked.push(`${request.method} ${path} ${authorization}`.trim());
    const [, answer] = [...special].find(([prefix]) => path.startsWith(prefix)) ?? [];
    (answer ?? usual(request, tokens, known))(request, response);
  };
  return {
    ...(await startLoopback(listener)),
    tokens,
    users: known,
    asked,
    count: (path) => asked.filter((line) => line.startsWith(`GET ${path}`)).length,
    answer: (path, answer) => {
      if (answer === undefined) special.delete(path);
      else special.set(path, answer);
    },
  };
}

/** How the service answers when all is well, in the shapes of its API. */
function usual(
  { url = '', headers }: IncomingMessage,
  tokens: ReadonlyMap<string, string>,
  users: ReadonlyMap<string, readonly string[]>,
): Answer {
  const { pathname, searchParams } = new URL(url, 'http://auth');
  if (pathname === '/') return json(200, { version: '0.7.2', servertime: 1, servicename: 'Authentication Service' });
  const user = tokens.get(headers.authorization ?? '');
  if (user === undefined) return errorAnswer(401, 10020, 'Invalid token');
  switch (pathname) {
    case '/api/V2/token':
      return json(200, { user, type: 'Login', created: 1_700_000_000_000, cachefor: 300_000 });
    case '/api/V2/me':
      return json(200, { user, display: user, customroles: users.get(user) ?? [] });
    case '/api/V2/users/': {
      const names = (searchParams.get('list') ?? '').split(',').filter((name) => users.has(name));
      return json(200, Object.fromEntries(names.map((name) => [name, `The ${name}`])));
    }
    default:
      return errorAnswer(404, undefined, 'HTTP 404 Not Found');
  }
}

/** Answers with this status and value. */
export function json(status: number, value: unknown): Answer {
  return text(status, JSON.stringify(value), 'application/json');
}

export function text(status: number, body: string, type = 'text/html'): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  };
}

/** An error in the auth service's own form. */
export function errorAnswer(status: number, appcode: number | undefined, apperror: string): Answer {
  const message = appcode === undefined ? apperror : `${appcode} ${apperror}`;
  return json(status, { error: { httpcode: status, appcode, apperror, message, callid: '1', time: 1 } });
}
