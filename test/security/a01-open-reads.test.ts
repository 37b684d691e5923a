import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillBook, fillManifests } from '../bench/fillIiif.mjs';
import { LONG } from '../support/long.ts';
import { expectIndexed, profiled, total } from '../support/profile.ts';
import { onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder, withSharedDatabase } from '../support/service.ts';
import { ask, flood, printToll, residentMegabytes, underAttack } from './attack.ts';

/** What anybody may read, by many at once: a service of its own, with much in it. */

const MANIFESTS = LONG ? 600 : 20;
const MANIFEST_BYTES = 200_000;
const CANVASES = LONG ? 7_600 : 1_000;
const PARALLEL = LONG ? 40 : 8;
/** What the service may have in memory at all. */
const MOST_MB = 300;
/**
 * Its heap may not grow beyond this. V8 else lets garbage pile up to several times of what is in use, the more the busier
 * the machine is: what is in use is what is bounded.
 */
const HEAP_MB = 160;

let folder: Awaited<ReturnType<typeof serviceFolder>>;
const database = onSharedMongod();
let service: Running;
beforeAll(async () => {
  folder = await serviceFolder();
  service = await startRunning(folder.path, {
    ...{ ...database, STEWARD_CONSOLE: 'false' },
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
  });
  await withSharedDatabase(database, async (db) => {
    await fillManifests(db, { count: MANIFESTS, bytes: MANIFEST_BYTES });
    await fillBook(db, { book: 'book', canvases: CANVASES });
  });
});
afterAll(async () => {
  await service?.end('SIGTERM');
  await folder?.[Symbol.asyncDispose]();
});

const get = (path: string) => ask(service, path, { method: 'GET' });

/** Reads the path with all clients at once, for a minute or for a few seconds; every answer is right. */
async function readByMany(path: string, right: (body: string) => boolean) {
  const toll = await underAttack(
    service,
    (stop) =>
      flood(PARALLEL, stop, async () => {
        const { status, body } = await get(path);
        return status === 200 ? (right(body) ? 'right' : 'wrong') : status;
      }),
    { stopAfterMs: LONG ? 60_000 : 300 },
  );
  printToll(`A1: GET ${path} by ${PARALLEL}`, toll);
  return toll;
}

function expectSurvived({ result, alive, unhealthy, memory }: Awaited<ReturnType<typeof readByMany>>): void {
  expect(alive).toBe(true);
  expect(unhealthy).toBe(0);
  expect(result.get('right')).toBeGreaterThan(0);
  // Whoever finds the service busy is told so at once.
  expect([...result.keys()].filter((answer) => answer !== 'right' && answer !== 503 && answer !== 429)).toEqual([]);
  expect(memory.most).toBeLessThan(MOST_MB);
}

describe('A1: what anybody may read', () => {
  it('is no console where the configuration says so', async () => {
    for (const path of ['/console', '/console/', '/console/index.html']) {
      const { status, body } = await get(path);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(body).not.toContain('Steward console');
    }
  });

  it('of all manifests is their labels', async () => {
    const queries = await withSharedDatabase(database, (db) => profiled(db, ['resources'], () => get('/collections')));
    expectIndexed(queries);
    expect(total(queries, 'docsExamined')).toBe(MANIFESTS + 1);
    expect(total(queries, 'bytes')).toBeLessThan(MANIFESTS * 1_000);
  });

  it('of a manifest is each of its objects once, a few at a time', async () => {
    const queries = await withSharedDatabase(database, (db) =>
      profiled(db, ['resources'], () => get('/book/manifest')),
    );
    expectIndexed(queries);
    expect(total(queries, 'docsExamined')).toBeLessThan(2.1 * CANVASES);
    for (const { bytes } of queries) expect(bytes).toBeLessThan(500_000);
  });

  it.runIf(LONG)(
    'leaves the service its memory and its health: the collection of all manifests',
    async () => {
      expectSurvived(await readByMany('/collections', (body) => JSON.parse(body).manifests.length === MANIFESTS + 1));
    },
    300_000,
  );

  it('leaves the service its memory and its health: a long manifest', async () => {
    const canvas = /"@type":"sc:Canvas"/g;
    expectSurvived(await readByMany('/book/manifest', (body) => body.match(canvas)?.length === CANVASES));
  }, 300_000);

  it('is read no further for readers that are gone', async () => {
    const queries = await withSharedDatabase(database, (db) =>
      profiled(db, ['resources'], async () => {
        const gone = new AbortController();
        const readers = Array.from({ length: PARALLEL }, () =>
          fetch(`${service.url}/book/manifest`, { signal: gone.signal }),
        );
        const begun = await Promise.all(readers);
        const statuses = begun.map(({ status }) => status);
        expect(statuses).toContain(200);
        // So many from one address are not all let in.
        expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
        gone.abort();
        // Whoever comes after them has its turn when they are done.
        expect((await get('/book/manifest')).status).toBe(200);
      }),
    );
    // All of them together would read 2.1 times as many as there are canvases, each.
    expect(total(queries, 'docsExamined')).toBeLessThan(1.5 * PARALLEL * CANVASES);
    expect(await residentMegabytes(service.process.pid ?? 0)).toBeLessThan(MOST_MB);
  });
});
