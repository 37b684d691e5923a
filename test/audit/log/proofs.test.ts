import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifiedCheckpoint } from '../../../src/audit/log/checkpoint.ts';
import { logHead, segmentsFrom } from '../../../src/audit/log/segments.ts';
import { parseVerifierKey } from '../../../src/audit/log/signedNote.ts';
import { provesConsistency, provesInclusion } from '../../../src/audit/log/tree.ts';
import type { ExportAudit, ProveConsistency, ProveRecord } from '../../../src/base/schemas/generated.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';

/** Segments of these numbers of records, so that the nodes of the tree begin and end in all ways within them. */
const SEGMENTS = [2, 1, 1, 5, 7, 16, 1, 3];

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
  let made = 0;
  for (const count of SEGMENTS) {
    const size = (await logHead(house.database)).size + count;
    while ((await house.records()).length < size) {
      await house.administer('boss', { command: 'addUser', params: { user: `user${made++}` } });
    }
    await house.sealer.seal();
  }
});
afterAll(() => house[Symbol.asyncDispose]());

const answer = async (command: string, params: object) => (await house.administer('boss', { command, params })).result;
const decoded = (proof: readonly string[]) => proof.map((hash) => Buffer.from(hash, 'base64'));

async function verifiedNote(note: string) {
  const keys = (await logHead(house.database)).keys.map(({ key }) => parseVerifierKey(key));
  return verifiedCheckpoint(note, keys);
}

describe('proveRecord', () => {
  it('shows for every sealed record that it is in the log, and that another one is not there', async () => {
    const { size } = await logHead(house.database);
    const records = (await house.records()).slice(0, size);
    for (const [seq, { id, hash }] of records.entries()) {
      const { leaf, proof, checkpoint, ...place } = (await answer('proveRecord', {
        record: id,
        hash,
      })) as ProveRecord['result'];
      expect(place).toEqual({ seq, size, keyRotations: [] });
      expect(leaf).toBe(hash);
      const { root } = await verifiedNote(checkpoint);
      const claim = { index: seq, size, root, leaf: Buffer.from(leaf, 'hex') };
      expect(provesInclusion(claim, decoded(proof))).toBe(true);
      expect(provesInclusion({ ...claim, leaf: Buffer.alloc(32) }, decoded(proof))).toBe(false);
    }
  });

  it('refuses a record that is unknown or not sealed yet, and a hash that is another', async () => {
    const refusal = (params: object) => house.refusal('boss', { command: 'proveRecord', params });
    const [sealed, ...others] = await house.records();
    const open = others.at(-1);
    expect(await refusal({ record: `${'0'.repeat(24)}-0`, hash: '0'.repeat(64) })).toBe('record_unknown');
    expect(await refusal({ record: sealed?.id.replace('-0', '-7'), hash: sealed?.hash })).toBe('record_unknown');
    expect(await refusal({ record: open?.id, hash: open?.hash })).toBe('not_sealed');
    expect(await refusal({ record: sealed?.id, hash: '0'.repeat(64) })).toBe('receipt_wrong');
  });
});

describe('proveConsistency', () => {
  it('shows for every size and every checkpoint that the log only grew', async () => {
    const roots = new Map<number, Buffer>();
    for await (const { size, checkpoint } of segmentsFrom(house.database, 0)) {
      roots.set(size, (await verifiedNote(checkpoint)).root);
    }
    expect(roots.size).toBe(SEGMENTS.length);
    for (const [from, older] of roots) {
      for (const [to, newer] of roots) {
        if (from > to) continue;
        const { proof, checkpoint } = (await answer('proveConsistency', { from, to })) as ProveConsistency['result'];
        expect(await verifiedNote(checkpoint)).toMatchObject({ size: to, root: newer });
        const claim = { from: { size: from, root: older }, to: { size: to, root: newer } };
        expect(provesConsistency(claim, decoded(proof))).toBe(true);
        if (from === to) continue;
        const false_ = { ...claim, from: { size: from, root: Buffer.alloc(32) } };
        expect(provesConsistency(false_, decoded(proof))).toBe(false);
      }
    }
  });

  it('refuses sizes that the log has not had', async () => {
    const { size } = await logHead(house.database);
    const between = { from: 0, to: size - 1 };
    for (const params of [{ from: 1_000 }, { from: 0, to: 1_000 }, { from: size, to: size - 3 }, between]) {
      expect(await house.refusal('boss', { command: 'proveConsistency', params })).toBe('size_unknown');
    }
  });
});

describe('exportAudit', () => {
  const page = async (params: object) => (await answer('exportAudit', params)) as ExportAudit['result'];

  it('gives each sealed record once, with the text that is hashed, however large the pages', async () => {
    const { size } = await logHead(house.database);
    const whole = await page({});
    expect(whole).not.toHaveProperty('next');
    const lines: string[] = [];
    for (let after: number | undefined, pages = 0; pages < 100; pages += 1) {
      const { lines: more, next } = await page({ limit: 7, ...(after === undefined ? {} : { after }) });
      lines.push(...more);
      if (next === undefined) break;
      after = next;
    }
    expect(lines).toEqual(whole.lines);
    const read = lines.map((line) => JSON.parse(line));
    expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: size }, (_, seq) => seq));
    expect(read.map(({ id }) => id)).toEqual((await house.records()).slice(0, size).map(({ id }) => id));
  });
});
