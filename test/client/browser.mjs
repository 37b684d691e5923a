// Runs the built client in a context with the globals of browsers and none of Node, against the service at argv[2].
// Needs --experimental-vm-modules. Prints the results of the calls.
import { readFile } from 'node:fs/promises';
import { createContext, SourceTextModule } from 'node:vm';

const WEB = [
  'fetch',
  'Headers',
  'Request',
  'Response',
  'URL',
  'AbortController',
  'AbortSignal',
  'TextDecoder',
  'TextEncoder',
  'setTimeout',
  'clearTimeout',
  'structuredClone',
  'DOMException',
  'Event',
  'EventTarget',
];
const context = createContext(Object.fromEntries(WEB.map((name) => [name, globalThis[name]])));

/** By address: a module that two others import at the same time is loaded once. */
const loaded = new Map();
function load(url) {
  const known = loaded.get(url.href);
  if (known !== undefined) return known;
  const loading = loadAnew(url);
  loaded.set(url.href, loading);
  return loading;
}

async function loadAnew(url) {
  const module = new SourceTextModule(await readFile(url, 'utf8'), { context, identifier: url.href });
  await module.link((specifier) => {
    if (!specifier.startsWith('.')) throw new Error(`a browser has no ${specifier}`);
    return load(new URL(specifier, url));
  });
  return module;
}

const entry = await load(new URL('../../dist/client/client.js', import.meta.url));
await entry.evaluate();
context.client = entry.namespace;
context.url = process.argv[2];
context.token = process.argv[3];
context.print = (value) => console.log(JSON.stringify(value));

const script = new SourceTextModule(
  `const steward = new client.StewardClient({ url, token });
   const admins = await steward.administer.listAdmins();
   const unknown = await steward.administer.addAdmin({ user: 'nobody' }, { idempotencyKey: 'browser' }).catch((e) => e);
   const given = await steward.methods.ver(null, { signal: AbortSignal.abort() }).catch((e) => e);
   print({
     admins: admins.result,
     unknown: [unknown instanceof client.NotFoundError, unknown.reason],
     given: given.reason,
     node: [typeof process, typeof require, typeof Buffer, typeof global],
   });`,
  { context },
);
await script.link(() => Promise.reject(new Error('the script imports nothing')));
await script.evaluate();
