import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signedCheckpoint, verifiedCheckpoint, withSignatures } from '../../../src/audit/log/checkpoint.ts';
import { parseVerifierKey, type Signer, verifierKeyText } from '../../../src/audit/log/signedNote.ts';
import { consistencyProof, leafHash, rootOf } from '../../../src/audit/log/tree.ts';
import { originHash } from '../../../src/audit/log/witness/keptCheckpoints.ts';
import { addCheckpointBody } from '../../../src/audit/log/witness/request.ts';
import { ownWitnessKey } from '../../../src/audit/log/witness/witnessKey.ts';
import { runSteward, spawnSteward, temporaryFolder } from '../../support/running.ts';
import { nodesOf, ORIGIN, signer } from './generatedLog.ts';
import { witnessOn } from './runningWitness.ts';

const log = signer(ORIGIN);
const leaves = Array.from({ length: 40 }, (_, i) => leafHash(`leaf ${i}`));
const forked = leaves.with(3, leafHash('another'));
const nodes = nodesOf(leaves);

const noteOf = (size: number, by: Signer = log, all = leaves) =>
  signedCheckpoint({ origin: by.key.name, size, root: rootOf(all.slice(0, size)) }, by);
const bodyOf = async (old: number, size: number, note = noteOf(size)) =>
  addCheckpointBody({ old, proof: old > size ? [] : await consistencyProof({ from: old, to: size }, nodes), note });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('a witness', () => {
  it('cosigns each continuation of what it has cosigned, and serves the newest', async () => {
    await using witness = await witnessOn(folder.path, [log.key]);
    expect((await witness.newest()).status).toBe(404);
    let old = 0;
    for (const size of [1, 2, 7, 7, 8, 40]) {
      const note = noteOf(size);
      const { status, text } = await witness.add(await bodyOf(old, size));
      expect(status).toBe(200);
      const cosigned = withSignatures(note, [text.trim()]);
      expect(verifiedCheckpoint(cosigned, [log.key, witness.key]).cosignatures).toMatchObject([
        { key: { name: 'witness.example' }, seconds: 1_800_000_000 },
      ]);
      const newest = await witness.newest();
      expect(newest.status).toBe(200);
      expect(await newest.text()).toBe(cosigned);
      old = size;
    }
  });

  it('goes on after a restart from what it has cosigned', async () => {
    {
      await using witness = await witnessOn(folder.path, [log.key]);
      await witness.add(await bodyOf(0, 7));
    }
    await using witness = await witnessOn(folder.path, [log.key]);
    expect(await witness.add(await bodyOf(0, 8))).toMatchObject({ status: 409, text: '7\n', type: 'text/x.tlog.size' });
    expect((await witness.add(await bodyOf(7, 8))).status).toBe(200);
  });

  it.each([
    ['a rollback', () => bodyOf(5, 5), 409, '7\n'],
    ['a rollback that says so', () => bodyOf(7, 5), 400, 'larger'],
    ['a fork of the same size', () => bodyOf(7, 7, noteOf(7, log, forked)), 422, 'does not show'],
    ['a fork that has grown', () => bodyOf(7, 9, noteOf(9, log, forked)), 422, 'does not show'],
    [
      'a continuation without a proof',
      async () => addCheckpointBody({ old: 7, proof: [], note: noteOf(9) }),
      422,
      'proof',
    ],
    ['a log that it does not know', () => bodyOf(0, 3, noteOf(3, signer('other.example'))), 404, 'does not know'],
    ['the key of somebody else', () => bodyOf(7, 9, noteOf(9, signer(ORIGIN))), 403, 'No known key'],
    ['a wrong signature', () => bodyOf(7, 9, noteOf(9).replace(/\n9\n/, '\n10\n')), 403, 'is wrong'],
    ['nothing', async () => '', 400, 'body'],
    ['no checkpoint', async () => 'old 7\n\nhello\n', 400, 'blank line'],
    ['an old size with a zero before it', async () => (await bodyOf(7, 9)).replace('old 7', 'old 07'), 400, 'body'],
    ['a negative old size', async () => (await bodyOf(7, 9)).replace('old 7', 'old -7'), 400, 'body'],
    ['a proof that is no Base64', async () => (await bodyOf(7, 9)).replace('old 7\n', 'old 7\n!\n'), 400, 'body'],
    [
      'a proof of 64 hashes',
      async () => addCheckpointBody({ old: 7, proof: leaves.concat(leaves).slice(0, 64), note: noteOf(9) }),
      400,
      'body',
    ],
    [
      'the first checkpoint again, of an empty log with another root',
      async () =>
        addCheckpointBody({
          old: 0,
          proof: [],
          note: signedCheckpoint({ origin: ORIGIN, size: 0, root: rootOf(leaves) }, log),
        }),
      409,
      '7\n',
    ],
  ])('refuses %s, and stays where it was', async (_, body, status, text) => {
    await using witness = await witnessOn(folder.path, [log.key]);
    await witness.add(await bodyOf(0, 7));
    const before = await (await witness.newest()).text();
    const answer = await witness.add(await body());
    expect(answer).toMatchObject({ status, text: expect.stringContaining(text) });
    expect(await (await witness.newest()).text()).toBe(before);
    expect(witness.failures).toEqual([]);
  });

  it('refuses an empty log with another root', async () => {
    await using witness = await witnessOn(folder.path, [log.key]);
    const wrong = signedCheckpoint({ origin: ORIGIN, size: 0, root: rootOf(leaves) }, log);
    expect((await witness.add(addCheckpointBody({ old: 0, proof: [], note: wrong }))).status).toBe(422);
    expect((await witness.add(await bodyOf(0, 0))).status).toBe(200);
  });

  it('cosigns one of two that go on from the same checkpoint', async () => {
    await using first = await witnessOn(folder.path, [log.key]);
    await using second = await witnessOn(folder.path, [log.key]);
    await first.add(await bodyOf(0, 4));
    // Within one process and between two on the same folder.
    for (const [one, other] of [
      [first, first],
      [first, second],
    ] as const) {
      const at = Number((await (await first.newest()).text()).split('\n')[1] ?? 0);
      const answers = await Promise.all([one.add(await bodyOf(at, at + 5)), other.add(await bodyOf(at, at + 6))]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
  });

  it('refuses a body that is too long, and stops reading one without an end', async () => {
    await using witness = await witnessOn(folder.path, [log.key]);
    expect((await witness.add('x'.repeat(64 * 1024 + 1))).status).toBe(413);
    const { hostname, port } = new URL(witness.url);
    const sent = request({ hostname, port, path: '/add-checkpoint', method: 'POST' });
    sent.on('error', () => undefined);
    // Unlike this, `once` of node:events would fail with the error that comes first on some machines.
    const closed = new Promise((resolve) => sent.once('close', resolve));
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const sending = setInterval(() => sent.write(chunk), 1);
    await closed;
    clearInterval(sending);
    expect((await witness.add(await bodyOf(0, 1))).status).toBe(200);
  });

  it('answers other requests with what it has', async () => {
    await using witness = await witnessOn(folder.path, [log.key]);
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(405);
    expect((await fetch(`${witness.url}/`)).status).toBe(404);
    expect((await fetch(`${witness.url}/..%2f..%2fkey.pem/checkpoint`)).status).toBe(404);
  });

  it('cosigns nothing if what it has cosigned is damaged', async () => {
    await using witness = await witnessOn(folder.path, [log.key]);
    await witness.add(await bodyOf(0, 7));
    await writeFile(join(folder.path, 'logs', originHash(ORIGIN), '1'), 'damaged\n');
    expect((await witness.add(await bodyOf(0, 8))).status).toBe(500);
    expect(witness.failures).toHaveLength(1);
  });

  it('keeps few files', async () => {
    await using witness = await witnessOn(folder.path, [log.key]);
    for (let size = 1; size <= 20; size += 1) await witness.add(await bodyOf(size - 1, size));
    expect((await readdir(join(folder.path, 'logs', originHash(ORIGIN)))).length).toBeLessThanOrEqual(9);
    expect((await witness.add(await bodyOf(20, 21))).status).toBe(200);
  });

  it('does not start with the name of another witness', async () => {
    const made = await ownWitnessKey(folder.path, 'witness.example');
    expect((await ownWitnessKey(folder.path, 'witness.example')).key).toEqual(made.key);
    await expect(ownWitnessKey(folder.path, 'other.example')).rejects.toThrow('has the name witness.example');
    await expect(ownWitnessKey(join(folder.path, 'new'), 'a b')).rejects.toThrow('cannot be the name');
  });

  // From the tests of https://github.com/FiloSottile/torchwood (cmd/litewitness/testdata/litewitness.txt).
  it('answers as another witness to the checkpoints of another kind of log', async () => {
    const origin = 'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562';
    const key = parseVerifierKey(`${origin}+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP`);
    await using witness = await witnessOn(folder.path, [key]);
    const note = (size: number, root: string, signature: string) =>
      `${origin}\n${size}\n${root}\n\n— ${origin} ${signature}\n`;
    const first = note(
      1,
      'KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=',
    );
    const third = note(
      3,
      'RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=',
      'UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=',
    );
    const fifth = note(
      5,
      'QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=',
      'UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=',
    );
    const proof3 = 'KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nKgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
    const proof5 =
      'KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nKgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nwgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=\nKgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
    const steps = [
      [`old 0\n\n${first}`, 200],
      [`old 1\n${proof3}\n${third.replace('6go=', '6gx=')}`, 400],
      [`old 1\n${proof3}\n${third.replace('AB8WVrx6go=', 'AB8WVrx6gg=')}`, 403],
      [`old 1\n\n${third}`, 422],
      [`old 1\n${proof3.replace('AAA=\n\n', 'ABA=\n\n').replace('KgI', 'KgJ')}\n${third}`, 422],
      [`old 1\n${proof3}\n${third}`, 200],
      [`old 1\n${proof3}\n${fifth}`, 409],
      [`old 3\n${proof5}\n${fifth}`, 200],
      [`old 0\n\n${fifth}`, 409],
      [`old 5\n\n${fifth}`, 200],
    ] as const;
    for (const [body, status] of steps) expect((await witness.add(body)).status, body).toBe(status);
  });
});

describe('steward witness', () => {
  it('has kept what it has cosigned if it is killed between keeping and answering', async () => {
    await writeFile(join(folder.path, 'logs.txt'), `# the log\n${verifierKeyText(log.key)}\n`);
    const words = ['witness', '--name', 'w.example', '--logs', 'logs.txt', '--dir', 'w', '--port', '0'];
    const kept = join(folder.path, 'w', 'logs', originHash(ORIGIN));
    const keys = new Set<string>();
    for (const [round, size] of [3, 8, 9, 20].entries()) {
      const { child, output } = spawnSteward(words, folder.path, {});
      const ended = once(child, 'close');
      await expect.poll(() => output.stdout).toContain('and cosigns');
      keys.add(/^w\.example\+.*$/m.exec(output.stdout)?.[0] ?? '');
      const url = /answers at (\S+)/.exec(output.stdout)?.[1] ?? '';
      const add = async (body: string) => {
        const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
        return { status: response.status, text: await response.text() };
      };
      const held = [0, 3, 8, 9][round] as number;
      if (held > 0) {
        expect(await add(await bodyOf(0, size))).toEqual({ status: 409, text: `${held}\n` });
        expect((await add(await bodyOf(held, held, noteOf(held, log, leaves.with(0, rootOf([])))))).status).toBe(422);
      }
      const answered = add(await bodyOf(held, size)).catch(() => undefined);
      await expect.poll(() => readdir(kept).catch(() => [])).toContain(String(round + 1));
      child.kill('SIGKILL');
      await Promise.all([ended, answered]);
    }
    expect([...keys]).toEqual([(await readFile(join(folder.path, 'w', 'key.pub'), 'utf8')).trim()]);
  });

  it('does not start without the keys of logs', async () => {
    await writeFile(join(folder.path, 'none'), '# nothing\n');
    const words = ['witness', '--name', 'w', '--logs'];
    expect(await runSteward([...words, 'none'], folder.path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('none has no key of a log'),
    });
    expect(await runSteward([...words, 'nothing'], folder.path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be read'),
    });
  });
});
