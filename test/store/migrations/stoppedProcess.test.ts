import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, inject, it } from 'vitest';
import { collection, type Stored } from '../../../src/store/collection.ts';
import { LONG } from '../../support/long.ts';
import { migrated, scratchDatabase } from './scratch.ts';

const CHILD = fileURLToPath(new URL('writerChild.mjs', import.meta.url));
const entries = collection<Stored>('outbox');

// The server ends what a stopped process left open after a minute.
it.runIf(LONG)(
  'an instance that was stopped for the whole migration and continued writes nothing onto the new layout',
  async () => {
    await using scratch = await scratchDatabase();
    const old = await scratch.connect([]);
    await migrated(old, '1.0.0');
    await old.prepare([entries]);
    const child = spawn(process.execPath, [CHILD, inject('mongoUri'), scratch.name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    const exited = once(child, 'exit');
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        said += chunk;
        if (said.includes('writing')) resolve();
      });
    });
    child.kill('SIGSTOP');
    const ids = async () =>
      (await old.db.collection('outbox').find().sort({ _id: 1 }).toArray()).map((e) => String(e._id));
    const seen: { ids?: string[] } = {};
    const run = async () => {
      seen.ids = await ids();
    };
    await migrated(await scratch.connect([{ name: 'look', summary: 'Looks.', run }]));
    child.kill('SIGCONT');
    await exited;
    expect(said).toContain('refused: format_changed');
    expect((await ids()).length).toBeGreaterThanOrEqual(50);
    expect(await ids()).toEqual(seen.ids);
  },
  300_000,
);
