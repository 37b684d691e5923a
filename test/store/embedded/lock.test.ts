import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/store/embedded/folder.ts';
import { withLock } from '../../../src/store/embedded/lock.ts';
import { identityOf } from '../../../src/store/embedded/processes.ts';
import { LONG } from '../../support/long.ts';
import { endScript, runScript, type Script } from './script.ts';

let root: string;
let data: string;
let scripts: Script[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'steward-lock-'));
  data = join(root, 'data');
  scripts = [];
});

afterEach(async () => {
  await Promise.all(scripts.map(endScript));
  await rm(root, { recursive: true, force: true });
});

/** A process that opens the data folder, says so, and keeps it until it is ended. */
function opener(): Script {
  const text = `try { await openFolder(${JSON.stringify(data)}); console.log('won'); setInterval(() => {}, 1000); }
    catch (error) { console.log('refused ' + error.message); }`;
  const script = runScript({ openFolder: 'store/embedded/folder.js' }, text);
  scripts.push(script);
  return script;
}

const outcome = (script: Script) => Promise.race([script.line('won').then(() => 'won'), script.line('refused')]);

describe('the data folder', () => {
  it('is made with owner-only rights', async () => {
    const folder = await openFolder(data);
    for (const path of [data, folder.dbPath]) expect((await stat(path)).mode & 0o777).toBe(0o700);
    await folder.save({ mongodb: '6.0.5', featureCompatibility: '6.0', host: '/x/run/mongod.sock' });
    expect((await stat(join(data, 'mongod.json'))).mode & 0o777).toBe(0o600);
    await folder.release();
  });

  it('remembers what was saved', async () => {
    const record = { mongodb: '6.0.5', featureCompatibility: '6.0', host: '/x/run/mongod.sock' };
    const folder = await openFolder(data);
    expect(folder.record).toBeUndefined();
    await folder.save(record);
    await folder.release();
    const again = await openFolder(data);
    expect(again.record).toEqual(record);
    await again.release();
  });

  it('with a damaged record is refused with a sentence that says what to do, and is free again', async () => {
    await mkdir(data);
    await writeFile(join(data, 'mongod.json'), '{"mongodb":');
    await expect(openFolder(data)).rejects.toThrow(/mongod\.json is damaged\. Remove it/);
    await rm(join(data, 'mongod.json'));
    await (await openFolder(data)).release();
  });

  it('that cannot be made is refused with a sentence', async () => {
    await writeFile(data, 'a file');
    await expect(openFolder(data)).rejects.toThrow(/The data folder .*data cannot be used: /);
  });
});

describe('one data folder, several services', () => {
  it('refuses the second one, naming the process that has it, also by another path', async () => {
    const first = opener();
    await first.line('won');
    await expect(openFolder(data)).rejects.toThrow(`is in use by another service (process ${first.pid})`);
    await symlink(data, join(root, 'alias'));
    await expect(openFolder(join(root, 'alias'))).rejects.toThrow(`process ${first.pid}`);
  });

  it.runIf(LONG)('is free again at once after kill -9', async () => {
    const first = opener();
    await first.line('won');
    first.process.kill('SIGKILL');
    await first.ended();
    await (await openFolder(data)).release();
  });

  it('lets exactly one of several that start at once win, also after a crash', async () => {
    const crashed = opener();
    await crashed.line('won');
    crashed.process.kill('SIGKILL');
    await crashed.ended();
    const outcomes = await Promise.all(Array.from({ length: LONG ? 5 : 3 }, () => outcome(opener())));
    expect(outcomes.filter((text) => text === 'won')).toHaveLength(1);
    const winner = JSON.parse(await readFile(join(data, 'service.lock'), 'utf8')).pid;
    for (const text of outcomes) if (text !== 'won') expect(text).toContain(`(process ${winner})`);
  });

  it('lets exactly one win within one process, too', async () => {
    const opened = await Promise.allSettled(Array.from({ length: 20 }, () => openFolder(data)));
    const won = opened.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const result of won) await result.value.release();
  });

  it('does not believe a pid that was taken over by a foreign process', async () => {
    await mkdir(data);
    await writeFile(join(data, 'service.lock'), JSON.stringify({ pid: process.ppid, started: '1@another-run' }));
    await (await openFolder(data)).release();
  });

  it('respects a living owner whom the lock does not reach, as in another network namespace', async () => {
    await mkdir(data);
    const owner = { pid: process.ppid, started: await identityOf(process.ppid) };
    await writeFile(join(data, 'service.lock'), JSON.stringify(owner));
    await expect(openFolder(data)).rejects.toThrow(`process ${process.ppid}`);
  });
});

describe('the lock', () => {
  it('lets one work at a time, and the next one after it, also after a failure', async () => {
    let inside = 0;
    const work = (i: number) =>
      withLock(root, async () => {
        expect(++inside).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
        if (i === 0) throw new Error('failed');
        return i;
      });
    const results = await Promise.allSettled([0, 1, 2, 3].map(work));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  });
});
