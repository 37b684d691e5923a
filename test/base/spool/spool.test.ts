import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wholeOf } from '../../../src/base/json/bytes.ts';
import { openSpool } from '../../support/scratch.ts';

const KB = 1_000;
const bytes = (count: number, what = 'x') => Buffer.alloc(count, what);

describe('a temporary file', () => {
  it('gives back what was written, whole and in parts, also after it was written over', async () => {
    await using folder = await openSpool();
    const file = folder.spool.file('ann');
    const all = Buffer.from(Array.from({ length: 1_500 * KB }, (_, i) => i % 251));
    for (let at = 0; at < all.length; at += 70_001) await file.append(all.subarray(at, at + 70_001));
    expect(Buffer.from(await wholeOf(file.bytes())).equals(all)).toBe(true);
    await file.overwrite(Buffer.from('over'), 600_000);
    all.write('over', 600_000);
    const part = file.bytes().slice(599_990, 1_200_000).slice(5, 600_000);
    expect(Buffer.from(await wholeOf(part)).equals(all.subarray(599_995, 1_199_990))).toBe(true);
    await expect(file.overwrite(bytes(2), all.length - 1)).rejects.toThrow(RangeError);
    await file.close();
  });

  it('has no name while it is in use, and its folder is for nobody else', async () => {
    await using folder = await openSpool({});
    const file = folder.spool.file('ann');
    await file.append(bytes(KB));
    expect(await readdir(folder.dir)).toEqual([]);
    expect((await stat(folder.dir)).mode & 0o077).toBe(0);
    await file.close();
    await file.close();
    await file.append(bytes(KB));
    expect(folder.spool.held).toBe(0);
  });

  it('of a process that was killed before it took the name away goes at the next start, and no other', async () => {
    await using folder = await openSpool();
    const id = '7d8f0c2e-0000-4000-8000-000000000000';
    // No process has the first number, this one the second; the third is alive.
    for (const pid of [4_194_305, process.pid, process.ppid])
      await writeFile(join(folder.dir, `${pid}-${id}.spool`), 'x');
    await writeFile(join(folder.dir, 'notes.txt'), 'x');
    await folder.spool.sweep();
    expect((await readdir(folder.dir)).sort()).toEqual([`${process.ppid}-${id}.spool`, 'notes.txt'].sort());
  });
});

it('a temporary file is not read any more once its caller is gone', async () => {
  await using folder = await openSpool();
  const file = folder.spool.file('ann');
  await file.append(bytes(1_200 * KB));
  const read = async () => {
    let pieces = 0;
    for await (const _ of file
      .bytes()
      .slice(1, 1_100 * KB)
      .pieces()) {
      pieces += 1;
      file.abandon();
    }
    return pieces;
  };
  await expect(read()).rejects.toMatchObject({ reason: 'caller_gone' });
  await file.close();
});

describe('the room for temporary files', () => {
  it('of one caller is bounded: the largest file that is still coming is dropped, and nobody else loses any', async () => {
    await using folder = await openSpool({ maxBytes: 1_000 * KB, maxBytesPerHolder: 400 * KB });
    const dropped: string[] = [];
    const coming = (holder: string, name: string) =>
      folder.spool.file(holder, (error) => dropped.push(`${name} ${error.reason}`));
    const [large, small, other] = [coming('mallory', 'large'), coming('mallory', 'small'), coming('ann', 'other')];
    await large.append(bytes(300 * KB));
    await other.append(bytes(350 * KB));
    await small.append(bytes(100 * KB));
    expect(dropped).toEqual([]);
    await small.append(bytes(1));
    expect(dropped).toEqual(['large rate_limited']);
    expect(folder.spool.held).toBe(450 * KB + 1);
  });

  it('of all together is bounded: of whoever has most the largest goes', async () => {
    await using folder = await openSpool({ maxBytes: 1_000 * KB, maxBytesPerHolder: 800 * KB });
    const dropped: string[] = [];
    const coming = (holder: string, name: string) =>
      folder.spool.file(holder, (error) => dropped.push(`${name} ${error.reason}`));
    await coming('mallory', 'first').append(bytes(300 * KB));
    await coming('mallory', 'second').append(bytes(310 * KB));
    await coming('ann', 'alone').append(bytes(390 * KB));
    expect(dropped).toEqual([]);
    await coming('bea', 'new').append(bytes(100 * KB));
    expect(dropped).toEqual(['second server_busy']);
  });

  it('is refused to what is being prepared where nothing can be dropped for it, and then takes none', async () => {
    await using folder = await openSpool({ maxBytes: 1_000 * KB, maxBytesPerHolder: 800 * KB });
    const body = folder.spool.file('ann', () => expect.unreachable());
    await body.append(bytes(700 * KB));
    body.complete();
    const made = folder.spool.fileFor(body.bytes().slice(5, 10), 'somebody');
    expect(made.holder).toBe('ann');
    await made.append(bytes(100 * KB));
    await expect(made.append(bytes(1))).rejects.toMatchObject({ reason: 'rate_limited' });
    const others = folder.spool.fileFor(bytes(1), 'bea');
    await expect(others.append(bytes(300 * KB))).rejects.toMatchObject({ reason: 'server_busy' });
    expect(folder.spool.held).toBe(800 * KB);
    await others.append(bytes(200 * KB));
    for (const file of [body, made, others]) await file.close();
    expect(folder.spool.held).toBe(0);
  });
});
