import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPortal, type Portal } from '../server/dialects/portal.ts';
import { until } from '../server/rpc/fakeDoor.ts';
import { temporaryFolder } from '../support/running.ts';
import { allPages, blocksOf } from './pages.ts';

/** A service behind the proxies of docs/operating/proxies.md, as they are configured there. */

const run = promisify(execFile);
const HOST = 'steward.example.org';
/** Another address of this host than that of the proxy, which is trusted. */
const CLIENT = '127.0.0.2';

interface Proxy {
  readonly tool: string;
  readonly title: string;
  /** The configuration with paths and ports of this test. */
  readonly adapted: (text: string, at: { folder: string; port: number; service: number }) => string;
  readonly args: (file: string, folder: string) => readonly string[];
}

const PROXIES: readonly Proxy[] = [
  {
    tool: 'nginx',
    title: 'nginx.conf',
    adapted: (text, { folder, port, service }) =>
      text
        .replaceAll('/etc/ssl', folder)
        .replace('user www-data;', '')
        .replace('listen 80;', `listen unix:${folder}/plain;`)
        .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
        .replace('server 127.0.0.1:7058', `server 127.0.0.1:${service}`)
        .replace(
          'http {',
          `http {\n${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/tmp;\n`).join('')}access_log off;`,
        ),
    args: (file, folder) => [
      ...['-c', file, '-p', folder, '-e', 'stderr'],
      ...['-g', `daemon off; user ${process.env.USER ?? 'root'}; pid ${folder}/nginx.pid;`],
    ],
  },
  {
    tool: 'caddy',
    title: 'Caddyfile',
    adapted: (text, { folder, port, service }) =>
      `{\n\tadmin off\n\tauto_https off\n\tstorage file_system ${folder}/caddy\n}\n${text}`
        .replace(`\n${HOST} {`, `\nhttps://${HOST}:${port} {\n\ttls ${folder}/steward.pem ${folder}/steward.key`)
        .replace('127.0.0.1:7058', `127.0.0.1:${service}`),
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
];

const isInstalled = (tool: string) =>
  run('which', [tool]).then(
    () => true,
    () => false,
  );

const installed = await Promise.all(PROXIES.map(({ tool }) => isInstalled(tool)));
for (const [i, { tool }] of PROXIES.entries()) {
  if (!installed[i])
    console.warn(`SKIPPED: Steward is not tried behind ${tool}, since there is no ${tool} on this machine`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

for (const [i, proxy] of PROXIES.entries()) {
  describe.skipIf(!installed[i])(`behind ${proxy.tool}`, () => serviceBehind(proxy));
}

function serviceBehind({ tool, title, adapted, args }: Proxy): void {
  let portal: Portal;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let proxy: ChildProcess;
  let port: number;

  beforeAll(async () => {
    portal = await openPortal({ maxBodyBytes: 20_000_000 });
    folder = await temporaryFolder();
    port = await freePort();
    await mkdir(join(folder.path, 'tmp'));
    const [key, certificate] = [join(folder.path, 'steward.key'), join(folder.path, 'steward.pem')];
    const self = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', `/CN=${HOST}`];
    await run('openssl', [...self, '-keyout', key, '-out', certificate]);
    const block = allPages()
      .flatMap(blocksOf)
      .find((each) => each.title === title);
    const file = join(folder.path, title);
    const at = { folder: folder.path, port, service: Number(new URL(portal.url).port) };
    await writeFile(file, adapted(block?.text ?? '', at));
    proxy = spawn(tool, args(file, folder.path), { stdio: 'ignore' });
    await until(async () => (await ask('GET', '/healthz').catch(() => undefined))?.status === 200);
  });
  afterAll(async () => {
    proxy.kill();
    await once(proxy, 'exit');
    await portal[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  function ask(
    method: string,
    path: string,
    body = '',
    headers = {},
  ): Promise<{ status: number | undefined; text: string }> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', localAddress: CLIENT, port, servername: HOST, rejectUnauthorized: false };
      const sent = request(
        { ...options, method, path, headers: { host: `${HOST}:${port}`, ...headers } },
        async (reply) => {
          let text = '';
          for await (const chunk of reply) text += chunk;
          resolve({ status: reply.statusCode, text });
        },
      );
      sent.on('error', reject).end(body);
    });
  }

  const administer = (command: object, headers = {}) => {
    const body = JSON.stringify({ method: 'administer', params: [command] });
    return ask('POST', '/', body, { authorization: portal.tokenOf('boss'), ...headers });
  };

  it('a call has the address of its client, whatever that says of itself', async () => {
    await administer({ command: 'listAdmins' }, { 'x-forwarded-for': '203.0.113.7' });
    expect((await portal.records()).at(-1)).toMatchObject({ command: 'listAdmins', address: CLIENT });
  });

  it('a body of megabytes goes through, and the metrics do not', async () => {
    const description = 'x'.repeat(4_000_000);
    const { status, text } = await administer({
      command: 'createWorkspace',
      user: 'boss',
      params: { workspace: 'a', description },
    });
    expect([status, text.slice(0, 100)]).toEqual([200, expect.stringContaining('"result":')]);
    expect((await ask('GET', '/metrics')).status).toBe(404);
  });
}
