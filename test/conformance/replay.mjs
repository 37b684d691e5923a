#!/usr/bin/env node
// Replays recorded KBase Workspace exchanges against a running service and compares the answers.
//
//   replay --url http://127.0.0.1:7058 --secret-file FILE [--phase NAME] [--section NAME]... [--without NEED]... [--file FILE] [--verbose]
//
// --section judges only the named sections (all exchanges are sent all the same); --without workspaces|objects leaves out
// those exchanges of a section whose answers need what is not built yet. --also-url URL (again and again) names a further
// service at which the people of the file make themselves known first (the one that --url delegates its types to).
// --from is the address of this host from which the calls come.
//
// Start the service on an empty database with ws-admin = wsadmin and HS256 tokens signed with the secret in FILE.
// Tokens are minted here: {sub, preferred_username, roles, iat, exp}. Each person in the file first makes one
// signed call, so that the service knows them. Phase B is a second run on the same database after a restart with
// admin roles read from the token (see "about" in the file). State carries over between exchanges, so one early
// failure can fail many later ones: mend the first failure first.
//
// Closing line: 'N passed, N failed, N skipped'. Exit status 1 if any failed.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const { values: opt } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:7058' },
    'secret-file': { type: 'string' },
    phase: { type: 'string', default: 'A' },
    'recorded-tokens': { type: 'boolean', default: false },
    section: { type: 'string', multiple: true },
    from: { type: 'string' },
    'also-url': { type: 'string', multiple: true, default: [] },
    without: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
    file: { type: 'string', default: join(dirname(fileURLToPath(import.meta.url)), 'kbase-exchanges.json') },
  },
});
if (!opt['secret-file'] && !opt['recorded-tokens']) {
  console.error('replay: --secret-file is required');
  process.exit(2);
}
const secret = opt['secret-file'] ? readFileSync(opt['secret-file'], 'utf8').trim() : '';
const { about, exchanges } = JSON.parse(readFileSync(opt.file, 'utf8'));

const b64 = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');
function mint(user) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: user, preferred_username: user, roles: about.roles[user] ?? [], iat: now, exp: now + 3600 };
  const head = `${b64({ alg: 'HS256', typ: 'JWT' })}.${b64(claims)}`;
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
}
const tokens = Object.fromEntries(about.people.map((p) => [p, mint(p)]));
const tokenFor = (t) =>
  opt['recorded-tokens']
    ? (t ?? undefined)
    : t === null || t === undefined
      ? undefined
      : about.tokens[t]
        ? tokens[about.tokens[t]]
        : t;

const base = new URL(opt.url);
function send(verb, path, token, body, headers = {}, to = base) {
  return new Promise((resolve, reject) => {
    const h = { 'content-type': 'application/json', ...headers };
    if (token !== undefined) h.authorization = token;
    const { request } = to.protocol === 'https:' ? https : http;
    const place = { host: to.hostname, port: to.port, localAddress: opt.from };
    const req = request({ ...place, method: verb, path, headers: h }, (res) => {
      const parts = [];
      res.on('data', (d) => parts.push(d));
      res.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ status: res.statusCode, type: res.headers['content-type'], text, json });
      });
    });
    req.on('error', reject);
    if (body !== undefined && body !== null) req.write(body);
    req.end();
  });
}

// Instants differ between runs: ISO dates and epoch milliseconds are compared by shape only (in messages too).
const instants = (text) => text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d{4}|Z)/g, '<instant>');
const message = (text) =>
  typeof text === 'string' ? instants(text).replace(/\b(1[6-9]|2[0-4])\d{11}\b/g, '<epoch>') : text;
const bySpelling = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
// "unordered" is true (the first result is a list without order) or a list of places, e.g. "0.owners" or "0.*"
function sortAt(v, steps) {
  if (steps.length === 0) return Array.isArray(v) ? [...v].sort(bySpelling) : v;
  const [step, ...rest] = steps;
  if (Array.isArray(v)) return v.map((w, i) => (step === '*' || step === String(i) ? sortAt(w, rest) : w));
  if (v && typeof v === 'object')
    return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, step === '*' || step === k ? sortAt(w, rest) : w]));
  return v;
}
// "loose" lists places in the result whose values are not compared
function without(v, steps) {
  const [step, ...rest] = steps;
  if (Array.isArray(v))
    return v.map((w, i) => (step !== '*' && step !== String(i) ? w : rest.length ? without(w, rest) : '<any>'));
  if (v && typeof v === 'object')
    return Object.fromEntries(
      Object.entries(v).map(([k, w]) => [k, step !== '*' && step !== k ? w : rest.length ? without(w, rest) : '<any>']),
    );
  return v;
}
function normal(x, unordered, loose = []) {
  const walk = (v) =>
    Array.isArray(v)
      ? v.map(walk)
      : v && typeof v === 'object'
        ? Object.fromEntries(
            Object.entries(v).map(([k, w]) => [k, k === 'refs' && Array.isArray(w) ? walk(w).sort() : walk(w)]),
          )
        : typeof v === 'string'
          ? instants(v)
          : typeof v === 'number' && v > 1.6e12 && v < 2.5e12
            ? '<epoch>'
            : v === 0
              ? 0
              : v; // JSON.stringify writes -0 as 0
  const w = loose.reduce((r, place) => without(r, place.split('.')), walk(x));
  if (Array.isArray(unordered)) return unordered.reduce((r, place) => sortAt(r, place.split('.')), w);
  if (unordered && Array.isArray(w) && Array.isArray(w[0])) return [[...w[0]].sort(bySpelling)];
  return w;
}

function verdict(e, got) {
  const { match, expect } = e;
  if (got.status !== expect.status && match !== 'error') return `HTTP ${got.status}, not ${expect.status}`;
  const err = got.json?.error;
  if (match === 'error') return err ? '' : 'no error';
  if (expect.error) {
    if (!err) return 'a result where an error was due';
    if (got.type !== 'application/json') return `content type ${got.type}`;
    if (err.code !== expect.error.code) return `code ${err.code}, not ${expect.error.code} (${err.message})`;
    if (err.name !== 'JSONRPCError') return `error name ${err.name}`;
    const strange = Object.keys(err).filter((k) => !['name', 'code', 'message', 'data', 'error'].includes(k));
    if (strange.length) return `unknown keys in error: ${strange}`;
    if (match === 'exact' && message(err.message) !== message(expect.error.message))
      return `message ${JSON.stringify(err.message)}`;
    if (match === 'exact' && 'id' in expect && got.json.id !== expect.id) return `id ${JSON.stringify(got.json.id)}`;
    return '';
  }
  if (err) return `error ${err.code} ${err.message}`;
  const strangeKeys = Object.keys(got.json ?? {}).filter((k) => !['version', 'result', 'receipt'].includes(k));
  if (strangeKeys.length || got.json?.version !== '1.1') return `envelope ${got.text.slice(0, 120)}`;
  if (got.type !== 'application/json') return `content type ${got.type}`;
  if (match === 'outcome') return '';
  return isDeepStrictEqual(normal(got.json?.result, e.unordered, e.loose), normal(expect.result, e.unordered, e.loose))
    ? ''
    : `result ${JSON.stringify(got.json?.result)}`;
}

for (const person of opt['recorded-tokens'] ? [] : about.people) {
  for (const to of [base, ...opt['also-url'].map((u) => new URL(u))]) {
    await send(
      'POST',
      '/',
      tokens[person],
      JSON.stringify({ version: '1.1', method: 'Workspace.get_admin_role', params: [], id: '0' }),
      {},
      to,
    );
  }
}
const answers = new Map();
let passed = 0,
  failed = 0,
  skipped = 0;
const bySection = new Map();
for (const e of exchanges.filter((x) => x.phase === opt.phase)) {
  if (e.match === 'skip') {
    skipped += 1;
    continue;
  }
  const [verb, path] = e.http.split(' ');
  // "take" puts a value of an earlier answer into the payload: [{seq, at: 'result.0.vers.0', into: 'params.0.ver'}]
  for (const { seq, at, into } of e.take ?? []) {
    const value = at.split('.').reduce((v, step) => v?.[step], answers.get(seq));
    const steps = into.split('.');
    const last = steps.pop();
    steps.reduce((v, step) => v[step], e.payload)[last] = value;
  }
  const body = 'payload' in e ? JSON.stringify(e.payload) : e.raw_body;
  const got = await send(verb, path, tokenFor(e.token), body, e.headers ?? {});
  answers.set(e.seq, got.json);
  if (e.match === 'unchecked') {
    skipped += 1;
    continue;
  }
  if (opt.section && !opt.section.includes(e.section)) continue;
  if (opt.without.includes(e.needs)) {
    skipped += 1;
    continue;
  }
  const wrong = verdict(e, got);
  const s = bySection.get(e.section) ?? { passed: 0, failed: 0 };
  bySection.set(e.section, s);
  if (wrong === '') {
    passed += 1;
    s.passed += 1;
    continue;
  }
  failed += 1;
  s.failed += 1;
  console.log(`#${e.seq} [${e.section}] ${e.name}: ${wrong}`);
  if (opt.verbose) {
    console.log(`    sent     ${body}`);
    console.log(`    expected ${JSON.stringify(e.expect)}`);
    console.log(`    got      ${got.status} ${got.text.slice(0, 600)}`);
  }
}
for (const [name, s] of bySection) if (s.failed) console.log(`${name}: ${s.passed} of ${s.passed + s.failed}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed ? 1 : 0);
