import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedMongod, startEmbedded } from '../../src/store/embedded/server.ts';

/** `nobody`: any other user of this host. */
const OTHER_UID = 65_534;
const canBeAnother = process.getuid?.() === 0;

let root: string;
let data: string;
let embedded: EmbeddedMongod;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'steward-a05-'));
  // Everybody may come as far as the data folder.
  await chmod(root, 0o755);
  data = join(root, 'data');
  embedded = await startEmbedded({ dataDir: data, report: () => undefined });
});

afterAll(async () => {
  await embedded.stop();
  await rm(root, { recursive: true, force: true });
});

/** The inodes of the sockets that listen on a TCP port, of either family. */
async function listeningInodes(): Promise<Set<string>> {
  const LISTEN = '0A';
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  const rows = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/));
  return new Set(rows.filter((row) => row[3] === LISTEN).map((row) => row[9] ?? ''));
}

async function socketInodesOf(pid: number): Promise<string[]> {
  const fds = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

/** What this script prints when another user runs it. */
async function asAnother(script: string): Promise<string> {
  const child = spawn(process.execPath, ['-e', script], {
    uid: OTHER_UID,
    gid: OTHER_UID,
    cwd: '/',
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  await once(child, 'close');
  return output.trim();
}

const connecting = (path: string) => `
  const socket = require('node:net').connect(${JSON.stringify(path)});
  socket.on('connect', () => { console.log('connected'); socket.destroy(); });
  socket.on('error', (error) => console.log(error.code));`;

const reading = (path: string) => `
  try { console.log(require('node:fs').readdirSync(${JSON.stringify(path)})); } catch (error) { console.log(error.code); }`;

describe('A5: the embedded database is the service’s own', () => {
  it.runIf(process.platform === 'linux')('listens on no TCP port', async () => {
    const sockets = await socketInodesOf(embedded.pid() ?? -1);
    expect(sockets.length).toBeGreaterThan(0);
    const listening = await listeningInodes();
    expect(sockets.filter((inode) => listening.has(inode))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'has one socket, and none in the folder where mongod puts it by itself',
    async () => {
      const sockets = await socketInodesOf(embedded.pid() ?? -1);
      const rows = (await readFile('/proc/net/unix', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
      const paths = rows.filter((row) => sockets.includes(row[6] ?? '')).flatMap((row) => row[7] ?? []);
      expect(new Set(paths)).toEqual(new Set([embedded.host]));
    },
  );

  if (!canBeAnother) console.warn('A5: only root can try as another user: the tests of that are skipped');

  it.runIf(canBeAnother)('lets no other user connect or look into the data folder', async () => {
    expect(await asAnother(connecting(embedded.host))).toBe('EACCES');
    for (const path of [data, join(data, 'db'), dirname(embedded.host)]) {
      expect([path, await asAnother(reading(path))]).toEqual([path, 'EACCES']);
    }
  });

  it.runIf(canBeAnother)('does not hang on the mode of the data folder alone', async () => {
    await chmod(data, 0o755);
    expect(await asAnother(reading(data))).toContain('db');
    expect(await asAnother(connecting(embedded.host))).toBe('EACCES');
    for (const path of [join(data, 'db'), dirname(embedded.host)]) {
      expect([path, await asAnother(reading(path))]).toEqual([path, 'EACCES']);
    }
  });
});
