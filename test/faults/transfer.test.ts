import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import { startRunning } from '../support/running.ts';
import { serviceFolder, withOwnMongod } from '../support/service.ts';
import {
  addOwners,
  CLASHES,
  ended,
  expectEachRecordedOnce,
  expectMoved,
  fill,
  progress,
  recorded,
  result,
  standings,
  withoutRevisions,
} from './transfers.ts';

const ITEMS = LONG ? 100_000 : 4_100;
const KILLS = LONG ? 20 : 1;

it(
  `kills (${KILLS}) during a transfer of ${ITEMS}: each moves once, and taking it back brings all back`,
  async () => {
    await using folder = await serviceFolder();
    const env = { STEWARD_LOG_LEVEL: 'error' };
    let service = await startRunning(folder.path, env);
    const ids = await addOwners(service);
    const before = await withOwnMongod(service, async (client) => {
      await fill(client.db('steward'), ids, ITEMS);
      return standings(client.db('steward'));
    });

    const begun = await result(service, { command: 'changeOwner', params: { from: 'old', to: 'fresh' } });
    expect(begun).toMatchObject({ state: 'running', total: ITEMS + CLASHES });
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Each hits it at work: it has got on since the one before.
      await progress(service, begun.job);
      await sleep(Math.random() * 200);
      if (kill % 2 === 0) {
        await service.end('SIGKILL');
        service = await startRunning(folder.path, env);
      } else {
        process.kill(await service.mongodPid(), 'SIGKILL');
      }
    }
    const moved = await ended(service, begun.job);
    if (moved.state !== 'done') console.log(moved, service.stderr());
    expect(moved).toMatchObject({ state: 'done', moved: ITEMS, failed: CLASHES, skipped: 0 });
    const [after, changes] = await withOwnMongod(service, async (client) => [
      await standings(client.db('steward')),
      await recorded(client.db('steward'), begun.job),
    ]);
    expectMoved(before, after, ids);
    expectEachRecordedOnce(before, changes, ids);

    const reverting = await result(service, { command: 'revertJob', params: { id: begun.job } });
    expect(await ended(service, reverting.job)).toMatchObject({ state: 'done', moved: ITEMS, failed: 0, skipped: 0 });
    const restored = await withOwnMongod(service, (client) => standings(client.db('steward')));
    expect(withoutRevisions(restored)).toEqual(withoutRevisions(before));
    expect(await service.end('SIGTERM')).toBe(0);
  },
  LONG ? 3_600_000 : 600_000,
);
