import { PassThrough } from 'node:stream';
import { expect, inject, it, vi } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { createLogger } from '../../../src/base/log.ts';
import type { Service } from '../../../src/server/composition.ts';
import { startService } from '../../../src/server/service.ts';
import { freePort } from '../../../src/store/embedded/port.ts';
import type { Migration } from '../../../src/store/migrations/migration.ts';
import { temporaryFolder } from '../../support/running.ts';
import { contentOf, counting, fillThings, formatDocument, never, type Scratch, scratchDatabase } from './scratch.ts';

const PATIENCE = { timeout: 120_000, interval: 20 };

interface Starting extends AsyncDisposable {
  readonly url: string;
  readonly service: Promise<Service>;
  readonly logged: () => string;
}

/** A service on this database, on its way up. */
async function starting({ name }: Scratch, migrations: readonly Migration[], signal = never): Promise<Starting> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const env = {
    STEWARD_PORT: String(port),
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: name,
    STEWARD_DATA_DIR: folder.path,
    STEWARD_WS_ADMIN: 'admin',
  };
  const written: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const service = startService(loadConfig({ env }), createLogger({ level: 'info', stream }), { migrations, signal });
  service.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    service,
    logged: () => written.join(''),
    [Symbol.asyncDispose]: async () => {
      await (await service.catch(() => undefined))?.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function ask(url: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const post = (body: object) => ({ method: 'POST', body: JSON.stringify(body) });
const call11 = post({ version: '1.1', method: 'Workspace.administer', params: [{ command: 'listAdmins' }], id: '1' });
const call20 = post({ jsonrpc: '2.0', method: 'Workspace.ver', params: [], id: 1 });

/** What every kind of caller is told while there is no gate. */
async function expectRefused(url: string, reason: string, message: string): Promise<void> {
  expect((await ask(url, '/', call11)).body.error).toMatchObject({ code: -32500, message, data: reason });
  expect((await ask(url, '/', call20)).body.error).toMatchObject({ code: -32500, message, data: { reason } });
  for (const path of [
    '/datasets?owner=ann',
    '/electrophysiology/block/B1/acl/',
    '/api/20210901/catalog/workbooks',
    '/collections/x',
  ]) {
    expect(await ask(url, path, { headers: { authorization: 'Bearer x' } }), path).toMatchObject({
      status: 503,
      retryAfter: '5',
    });
  }
}

it('while the database is migrated health answers, the service is not ready, and every call is refused as such', async () => {
  await using scratch = await scratchDatabase();
  await fillThings(await scratch.connect(), 3);
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const steps = [counting('one', 'a', () => held)];
  const started: Awaited<ReturnType<typeof starting>>[] = [];
  // Neither can be stopped before the migration goes on.
  await using _ = {
    [Symbol.asyncDispose]: async () => {
      goOn();
      for (const each of started) await each[Symbol.asyncDispose]();
    },
  };
  const start = await starting(scratch, steps);
  started.push(start);
  await vi.waitFor(
    async () => expect((await ask(start.url, '/readyz')).body).toEqual({ status: 'migrating' }),
    PATIENCE,
  );
  expect((await ask(start.url, '/readyz')).status).toBe(503);
  expect(await ask(start.url, '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  await expectRefused(start.url, 'not_ready', 'The service cannot answer yet: it is migrating its database');
  // A second instance waits for the first.
  const second = await starting(scratch, steps);
  started.push(second);
  await vi.waitFor(() => expect(second.logged()).toContain('another instance migrates the database'), PATIENCE);
  expect((await ask(second.url, '/readyz')).body).toEqual({ status: 'migrating' });
  goOn();
  for (const { service, url } of [start, second]) {
    await service;
    expect(await ask(url, '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect((await ask(url, '/', call20)).body.result).toBeDefined();
  }
});

it('a running service whose database was migrated by another refuses every call, is not ready, and asks to be ended', async () => {
  await using scratch = await scratchDatabase();
  await using start = await starting(scratch, []);
  const service = await start.service;
  expect((await ask(start.url, '/readyz')).status).toBe(200);
  const newer = await scratch.connect([counting('one', 'a')]);
  await newer.db.collection('meta').updateOne({}, { $set: { format: 2, program: '2.0.0' } });
  const error = await service.failed;
  expect(error.message).toContain('has format 2 now, of Steward 2.0.0');
  expect(start.logged()).toContain(error.message);
  expect(await ask(start.url, '/readyz')).toMatchObject({ status: 503, body: { status: 'outdated' } });
  await expectRefused(
    start.url,
    'format_changed',
    'The database was migrated or restored, and this instance of the service stops; nothing was changed',
  );
});

it('a signal to stop ends a start that migrates; the port is closed, and the next start goes on', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect();
  await fillThings(database, 3);
  const stop = new AbortController();
  const aborting: Migration = {
    name: 'one',
    summary: 'One.',
    run: async ({ changeEach }) => {
      stop.abort();
      await changeEach({ name: 'all', collection: 'things' }, () => []);
    },
  };
  await using start = await starting(scratch, [aborting], stop.signal);
  await expect(start.service).rejects.toThrow('The migration was interrupted');
  await expect(fetch(start.url)).rejects.toThrow();
  await using next = await starting(scratch, [counting('one', 'a')]);
  await next.service;
  expect(await formatDocument(database)).toMatchObject({ format: 2 });
});

it('a service does not start on a database of a newer format, and leaves it as it was', async () => {
  await using scratch = await scratchDatabase();
  const database = await scratch.connect();
  await database.db
    .collection<{ _id: string }>('meta')
    .insertOne({ _id: 'format', format: 9, program: '9.0.0' } as never);
  const before = await contentOf(database);
  await using start = await starting(scratch, []);
  await expect(start.service).rejects.toThrow('has format 9, written by Steward 9.0.0, and this program');
  expect(await contentOf(database)).toEqual(before);
});
