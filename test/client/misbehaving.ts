import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Loopback, startLoopback } from '../support/loopback.ts';

/** The outcome of a call: the class of the error, without "Error", and its reason. */
export type Outcome = readonly [name: string, reason: string];

interface Sent {
  readonly id: number;
  readonly method: string;
}

interface Misbehaviour {
  readonly answer: (response: ServerResponse, sent: Sent) => void;
  readonly outcome: Outcome;
}

const CONNECTION: Outcome = ['Connection', 'connection'];
const TIMEOUT: Outcome = ['Connection', 'timeout'];
const PROTOCOL: Outcome = ['Connection', 'protocol'];

const saying =
  (status: number, body: string, headers = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(body);
const replying =
  (envelope: object) =>
  (response: ServerResponse, { id }: Sent) =>
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...envelope }));
const html = '<html><body>Bad gateway</body></html>';

/** Misbehaviours by the path at which this server shows them, with the outcome in both clients. */
export const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  'never answers': { answer: () => undefined, outcome: TIMEOUT },
  'sends a byte now and then': {
    answer: (response) => {
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    },
    outcome: TIMEOUT,
  },
  'drops the connection after the request was sent': {
    answer: (response) => response.socket?.destroy(),
    outcome: CONNECTION,
  },
  'drops the connection within its answer': {
    answer: (response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"jsonrpc":"2.0"', () => response.socket?.destroy());
    },
    outcome: CONNECTION,
  },
  'answers a text': { answer: saying(200, 'hello'), outcome: PROTOCOL },
  'answers nothing': { answer: saying(200, ''), outcome: PROTOCOL },
  'answers half of a JSON': { answer: saying(200, '{"jsonrpc":"2.0","res'), outcome: PROTOCOL },
  'answers another JSON': { answer: saying(200, '[1, 2]'), outcome: PROTOCOL },
  'answers null': { answer: saying(200, 'null'), outcome: PROTOCOL },
  'answers neither a result nor an error': { answer: replying({}), outcome: PROTOCOL },
  'answers another call': { answer: replying({ id: 0, result: 'of another' }), outcome: PROTOCOL },
  'answers an error that is a text': { answer: replying({ error: 'no' }), outcome: PROTOCOL },
  'answers a page': { answer: saying(500, html), outcome: PROTOCOL },
  'is a proxy with nothing behind it': { answer: saying(502, html), outcome: CONNECTION },
  'is a proxy of a service that starts': { answer: saying(503, html), outcome: CONNECTION },
  'redirects to another address': { answer: saying(302, '', { location: '/followed' }), outcome: PROTOCOL },
  'redirects the call to another address': { answer: saying(307, '', { location: '/followed' }), outcome: PROTOCOL },
  'sends more than is allowed': {
    answer: (response, { id }) => {
      response.write(`{"jsonrpc":"2.0","id":${id},"result":"`);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    },
    outcome: PROTOCOL,
  },
  'has no room for the request, in JSON-RPC 1.1': {
    answer: saying(500, kbaseError('server_busy')),
    outcome: ['Busy', 'server_busy'],
  },
  'takes no request of this length, in JSON-RPC 1.1': {
    answer: saying(500, kbaseError('too_big')),
    outcome: ['Invalid', 'too_big'],
  },
  'refuses in JSON-RPC 1.1': {
    answer: saying(500, kbaseError('of_later_days')),
    outcome: ['Internal', 'of_later_days'],
  },
  'refuses with a kind of later days': {
    answer: replying({
      error: { code: -32500, message: 'No', data: { reason: 'of_later_days', kind: 'constructor' } },
    }),
    outcome: ['Internal', 'of_later_days'],
  },
  'refuses without any data': {
    answer: replying({ error: { code: -32603, message: 'No' } }),
    outcome: ['Internal', 'internal'],
  },
};

function kbaseError(data: string): string {
  return JSON.stringify({
    version: '1.1',
    error: { name: 'JSONRPCError', code: -32500, message: 'No', data, error: null },
  });
}

export interface Misbehaving extends Loopback {
  /** The requests so far. */
  readonly requests: IncomingMessage[];
  /** The URL of a misbehaviour. */
  at(name: string): string;
}

/**
 * A server that misbehaves as its paths say. At `/busy` it is busy twice and then answers, and likewise at `/away` with the
 * page of a proxy; at `/breaks` it breaks the connection for two of three requests; on all other paths it answers with the method's name and the token.
 */
export async function startMisbehaving(): Promise<Misbehaving> {
  const requests: IncomingMessage[] = [];
  const server = await startLoopback(async (request, response) => {
    requests.push(request);
    const name = decodeURIComponent(request.url?.slice(1) ?? '');
    const sent: Sent = JSON.parse((await text(request).catch(() => '')) || '{}');
    const tries = requests.filter(({ url }) => url === request.url).length;
    if (name === 'busy' && tries < 3) {
      return replying({ error: { code: -32500, message: 'No', data: { reason: 'conflict_busy', kind: 'busy' } } })(
        response,
        sent,
      );
    }
    if (name === 'breaks' && tries % 3 !== 0) {
      response.socket?.destroy();
      return;
    }
    if (name === 'away' && tries < 3) return saying(503, html)(response);
    const known = Object.hasOwn(MISBEHAVIOURS, name) ? MISBEHAVIOURS[name] : undefined;
    const token = request.headers.authorization;
    return (known?.answer ?? replying({ result: [sent.method, token] }))(response, sent);
  });
  return { ...server, requests, at: (name) => `${server.url}/${encodeURIComponent(name)}` };
}
