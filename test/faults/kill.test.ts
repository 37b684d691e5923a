import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import { startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { books } from './books.ts';
import { ADMINS, type Attempt, expectNothingLost, load, repeatUnanswered } from './load.ts';

const ROUNDS = 200;

/** What is killed in each round in turn, always with SIGKILL and in the middle of the load. */
const VICTIMS = ['service and mongod', 'service', 'mongod', 'service'] as const;

it.runIf(LONG)(
  `${ROUNDS} kills in mid-commit leave no effect without its record and no record without its effect`,
  async () => {
    await using folder = await serviceFolder();
    const attempts: Attempt[] = [];
    let service = await startRunning(folder.path);
    for (const user of ADMINS) await service.administer('admin', { command: 'addUser', user });
    for (let round = 0; round < ROUNDS; round += 1) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'service';
      const made = load(service, round);
      await made.answered(10 + Math.random() * 100);
      // Answers come right after commits: this spreads the kills over what lies between.
      await sleep(Math.random() * 20);
      const mongod = await service.mongodPid();
      if (victim !== 'mongod') service.process.kill('SIGKILL');
      if (victim !== 'service') process.kill(mongod, 'SIGKILL');
      attempts.push(...(await made.stop()));
      if (victim !== 'mongod') {
        await service.end('SIGKILL');
        service = await startRunning(folder.path);
      }
      attempts.push(...(await repeatUnanswered(service, attempts)));
    }
    const kept = await books(service);
    expect(await service.end('SIGTERM')).toBe(0);

    // At each kill of the service every client was waiting for an answer.
    expect(attempts.filter((a) => a.reply === undefined).length).toBeGreaterThan(ROUNDS);
    expectNothingLost(attempts, kept);
  },
  ROUNDS * 60_000,
);
