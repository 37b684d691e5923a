import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mintToken } from '../../dist/identity/mint.js';

/**
 * Starts the service on its embedded MongoDB in a folder of its own.
 *
 * @param {string} folder
 * @param {readonly string[]} flags for node
 * @param {Readonly<Record<string, string>>} env its configuration
 */
export async function startService(folder, flags = [], env = {}) {
  const startedAt = performance.now();
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const child = spawn(process.execPath, [...flags, main, 'serve'], {
    cwd: folder,
    env: { ...process.env, STEWARD_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const url = await printedUrl(child);
  const readyMs = Math.round(performance.now() - startedAt);
  const { host } = JSON.parse(await readFile(join(folder, 'data', 'mongod.json'), 'utf8'));
  const secret = (await readFile(join(folder, 'data', 'signing-key'), 'utf8')).trim();
  return {
    ...{ child, url, pid: child.pid, readyMs },
    uri: `mongodb://${encodeURIComponent(host)}/?replicaSet=steward`,
    mongodPid: Number(await readFile(join(folder, 'data', 'db', 'mongod.lock'), 'utf8')),
    tokenOf: (username) => mintToken({ secret, username, lifetimeSeconds: 3600 }),
  };
}

/** Where a service that is starting answers, once it does. @throws if it ends before */
export async function printedUrl(child) {
  let printed = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += chunk;
    const url = /answers at (\S+)\n/.exec(printed)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return url;
  }
  throw new Error(`the service did not start: ${printed}`);
}

/** Ends a process that is still running, and waits for it. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Sends a request and returns the text of the answer. @throws unless it is 200 */
export async function post(url, headers, body) {
  const response = await fetch(url, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return text;
}

/** A request of JSON-RPC 1.1. */
export const call = (method, params) => JSON.stringify({ version: '1.1', method, params, id: '1' });

/** A call of `administer`. */
export const administer = (command) => call('administer', [command]);
