import fc from 'fast-check';
import { bytesOf } from './exchange.ts';
import type { FuzzedPortal } from './fuzzedPortal.ts';
import { hostileName, hostileText, hostileValue } from './hostile.ts';
import { mutated } from './mutations.ts';
import { textOf } from './verbatim.ts';

/** Requests that a JSON-RPC client would not send: envelopes, batches, headers and bytes. */

const READ = { command: 'getWorkspaceInfo', params: { id: 1 } };
const WRITE = { command: 'addUser', user: 'fuzzed', dryRun: true };
const REQUESTS: readonly object[] = [
  { version: '1.1', method: 'administer', params: [READ], id: 7 },
  { version: '1.1', method: 'Workspace.administer', params: [WRITE], id: '7', context: {} },
  { jsonrpc: '2.0', method: 'administer', params: [WRITE], id: 7 },
  { jsonrpc: '2.0', method: 'administer', params: READ, id: null },
  { jsonrpc: '2.0', method: 'administer', params: [READ] },
  { jsonrpc: '2.0', method: 'ver', id: 1.5 },
  { method: 'get_workspace_info', params: [{ id: 1 }] },
];

const envelopes = fc.oneof(...REQUESTS.map((request) => mutated(request)));
const batches = fc.array(fc.oneof(envelopes, fc.constantFrom(...REQUESTS)), { maxLength: 8 });
const bodies = fc.oneof(
  { weight: 4, arbitrary: envelopes.map(textOf) },
  { weight: 2, arbitrary: batches.map(textOf) },
  { weight: 1, arbitrary: hostileValue.map(textOf) },
);

const HEADERS = [
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Content-Length',
  'Transfer-Encoding',
  'Host',
].concat(
  ['X-Forwarded-For', 'X-Real-IP', 'Expect', 'Connection', 'Origin', 'Accept', 'Cookie', 'Steward-Strict', 'Upgrade'],
  ['traceparent', 'Range', 'If-None-Match', 'TE', 'Trailer', 'Steward-On-Behalf-Of'],
);
const VALUES = [
  '0',
  '-1',
  '1e3',
  '99999999999',
  'chunked',
  'gzip',
  'identity',
  '100-continue',
  'close',
  'upgrade',
  'h2c',
].concat(
  [
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'Bearer',
    'Bearer  x',
    'Basic YTpi',
    'JWT',
    '::1',
  ],
  ['127.0.0.1, unknown', '1.2.3.4:80', '[::1]:80', 'null', '*', 'a=b; a=c', '=', '00-0-0-00', '1'],
);
/** Without line breaks, which would be other headers. */
const headerText = hostileText.map((text) => text.replaceAll(/[\r\n]/g, ''));
const headers = fc.dictionary(
  fc.constantFrom(...HEADERS),
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...VALUES) }, { weight: 1, arbitrary: headerText }),
  { maxKeys: 2 },
);
const verb = fc.oneof(
  { weight: 8, arbitrary: fc.constant('POST') },
  fc.constantFrom('GET', 'PUT', 'HEAD', 'OPTIONS', 'PATCH'),
);
const path = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/') },
  fc.constantFrom(
    '/services/ws',
    '//',
    '/?a=b',
    '/healthz',
    '/audit/key',
    '*',
    'http://x/',
    '/%',
    '/\0',
    '/console/../x',
  ),
  hostileName.map((text) => `/${encodeURIComponent(text.toWellFormed())}`),
);

/** One change of bytes. */
const cut = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 3 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.constantFrom('\r\n', '\0', '{', '"', '\\', ',', '\xff').map(asBytes),
  ),
});

function asBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** What is sent to the door, made with the credential of a caller. */
export function doorBytes(credentials: FuzzedPortal['credentials']): fc.Arbitrary<Uint8Array> {
  const authorization = fc.constantFrom('boss', 'boss', 'ann', 'reader', 'nobody').map((name) => credentials[name]);
  const requests = fc
    .record({ verb, path, headers, body: bodies, authorization })
    .map(({ authorization: own, ...request }) => bytesOf({ ...request, headers: { ...own, ...request.headers } }));
  const broken = fc
    .tuple(requests, fc.array(cut, { minLength: 1, maxLength: 3 }))
    .map(([bytes, cuts]) => cuts.reduce(cutOut, bytes));
  return fc.oneof({ weight: 3, arbitrary: requests }, { weight: 1, arbitrary: broken });
}

function cutOut(bytes: Buffer, { at, remove, insert }: { at: number; remove: number; insert: Uint8Array }): Buffer {
  const start = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
}
