import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wholeOf } from '../../../src/base/json/bytes.ts';
import { openSpool } from '../../support/scratch.ts';

const KB = 1_000;
const bytes = (count: number, what = 'x') => Buffer.alloc(count, what);

describe('a temporary file', () => {
  it('returns what was written, completely and in parts, also after it was overwritten', async () => {
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

  it('has no name while it is in use, and nobody else can read its folder', async () => {
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

  it('is removed at the next start if its process was killed before removing the name, and no other is', async () => {
    await using folder = await openSpool();
    const id = '7d8f0c2e-0000-4000-8000-000000000000';
    // The first process does not exist, the second is this one, and the third is alive.
    for (const pid of [4_194_305, process.pid, process.ppid])
      await writeFile(join(folder.dir, `${pid}-${id}.spool`), 'x');
    await writeFile(join(folder.dir, 'notes.txt'), 'x');
    await folder.spool.sweep();
    expect((await readdir(folder.dir)).sort()).toEqual([`${process.ppid}-${id}.spool`, 'notes.txt'].sort());
  });
});

it('a temporary file cannot be read any more once its caller is gone', async () => {
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
  it("is bounded for each caller: their largest incomplete file is dropped, and nobody else's", async () => {
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

  it('is bounded for what the service does itself only together with all other files', async () => {
    await using folder = await openSpool({ maxBytes: 1_000 * KB, maxBytesPerHolder: 100 * KB });
    const file = folder.spool.serviceFile();
    await file.append(bytes(950 * KB));
    const body = folder.spool.file('ann', () => expect.unreachable());
    await body.append(bytes(50 * KB));
    body.complete();
    await expect(file.append(bytes(1))).rejects.toMatchObject({ reason: 'spool_full' });
    expect(folder.spool.held).toBe(1_000 * KB);
    await body.close();
    await file.append(bytes(50 * KB));
  });

  it('is bounded for all together: the largest file of the caller with the most bytes is dropped', async () => {
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

  it('is refused to data that is being prepared if nothing can be dropped, and then takes no room', async () => {
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
