import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CompactRange,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  type NodeSource,
  provesConsistency,
  provesInclusion,
  rootAt,
  rootOf,
} from '../../../src/audit/log/tree.ts';
import { LONG } from '../../support/long.ts';

const MAX_SIZE = LONG ? 2_000 : 300;

// The definitions of RFC 6962 section 2.1, word for word and on whole lists.

const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as Buffer;
  const k = split(leaves.length);
  return sha256(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

function path(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

function subproof(m: number, leaves: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === leaves.length) return whole ? [] : [mth(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => leafHash(`leaf ${i}`));

/** Only the nodes that the compact range reported, and leaves. */
function sourceOf(leaves: readonly Buffer[]): NodeSource {
  const nodes = new Map(leaves.map((leaf, index) => [`0/${index}`, leaf]));
  const range = new CompactRange();
  for (const leaf of leaves) {
    for (const { level, index, hash } of range.append(leaf)) nodes.set(`${level}/${index}`, hash);
  }
  return (level, index) => {
    const found = nodes.get(`${level}/${index}`);
    if (found === undefined) throw new Error(`no node ${level}/${index}`);
    return found;
  };
}

const size = fc.integer({ min: 1, max: MAX_SIZE });
const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
};

describe('the tree', () => {
  it('has the roots of the reference tests of certificate transparency', () => {
    const entries = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ];
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    const leaves = entries.map((entry) => leafHash(Buffer.from(entry, 'hex')));
    expect(roots.map((_, n) => rootOf(leaves.slice(0, n)).toString('hex'))).toEqual(roots);
    expect(emptyRoot().toString('hex')).toBe(roots[0]);
  });

  it('hashes a text as its bytes in UTF-8', () => {
    for (const text of ['', 'a', 'é😂\n\u0000']) expect(leafHash(text)).toEqual(leafHash(Buffer.from(text)));
  });

  it('has the root that RFC 6962 defines, whether it grows at once or goes on from its peaks', () => {
    fc.assert(
      fc.property(fc.nat(MAX_SIZE), fc.nat(MAX_SIZE), (a, b) => {
        const leaves = leavesOf(Math.max(a, b));
        const first = new CompactRange();
        for (const leaf of leaves.slice(0, Math.min(a, b))) first.append(leaf);
        const second = new CompactRange(first.size, first.peaks);
        for (const leaf of leaves.slice(first.size)) second.append(leaf);
        expect(second.root()).toEqual(mth(leaves));
        expect(first.root()).toEqual(mth(leaves.slice(0, first.size)));
        expect(second.size).toBe(leaves.length);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a number of peaks that no tree of the size has', () => {
    expect(() => new CompactRange(3, [emptyRoot()])).toThrow(/3 leaves has 2 peaks/);
    expect(() => new CompactRange(-1)).toThrow(RangeError);
    expect(() => new CompactRange(2 ** 53)).toThrow(RangeError);
  });

  it('goes on from sizes beyond 32 bits', () => {
    const peaks = Array.from({ length: 2 }, (_, i) => leafHash(`${i}`));
    const range = new CompactRange(2 ** 40 + 1, peaks);
    const [node, ...others] = range.append(leafHash('last'));
    expect(node).toMatchObject({ level: 1, index: 2 ** 39 });
    expect(others).toEqual([]);
  });
});

describe('inclusion proofs', () => {
  it('are those of RFC 6962, and prove nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(255), async (n, any, bit) => {
        const leaves = leavesOf(n);
        const index = any % n;
        const [leaf, root] = [leaves[index] as Buffer, mth(leaves)];
        const claim = { index, size: n, leaf, root };
        const proof = await inclusionProof(claim, sourceOf(leaves));
        expect(proof).toEqual(path(index, leaves));
        expect(provesInclusion(claim, proof)).toBe(true);
        const others = [
          { ...claim, index: index + 1 },
          { ...claim, index: index - 1 },
          { ...claim, leaf: flipped(leaf, bit) },
          { ...claim, root: flipped(root, bit) },
          { ...claim, leaf: leaf.subarray(1) },
          { ...claim, root: Buffer.concat([root, root]) },
        ];
        for (const other of others) expect(provesInclusion(other, proof)).toBe(false);
        expect(provesInclusion(claim, [...proof, root])).toBe(false);
        expect(provesInclusion(claim, [leaf, ...proof])).toBe(false);
        for (const [i, node] of proof.entries()) {
          expect(provesInclusion(claim, proof.with(i, flipped(node, bit)))).toBe(false);
          expect(provesInclusion(claim, proof.toSpliced(i, 1))).toBe(false);
        }
      }),
      { numRuns: LONG ? 500 : 50 },
    );
  });

  it('are refused for leaves that are not there', async () => {
    const nodes = sourceOf(leavesOf(3));
    for (const index of [3, -1, 0.5]) expect(() => inclusionProof({ index, size: 3 }, nodes)).toThrow(RangeError);
    expect(() => inclusionProof({ index: 0, size: 0 }, nodes)).toThrow(RangeError);
  });
});

describe('consistency proofs', () => {
  it('are those of RFC 6962, and prove nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(255), async (a, b, bit) => {
        const [m, n] = [Math.min(a, b), Math.max(a, b)];
        const leaves = leavesOf(n);
        const from = { size: m, root: mth(leaves.slice(0, m)) };
        const to = { size: n, root: mth(leaves) };
        const proof = await consistencyProof({ from: m, to: n }, sourceOf(leaves));
        expect(proof).toEqual(subproof(m, leaves, true));
        expect(provesConsistency({ from, to }, proof)).toBe(true);
        expect(provesConsistency({ from: { ...from, root: flipped(from.root, bit) }, to }, proof)).toBe(false);
        expect(provesConsistency({ from, to: { ...to, root: flipped(to.root, bit) } }, proof)).toBe(false);
        expect(provesConsistency({ from, to }, [...proof, to.root])).toBe(false);
        if (m < n) expect(provesConsistency({ from: to, to: from }, proof)).toBe(false);
        for (const [i, node] of proof.entries()) {
          expect(provesConsistency({ from, to }, proof.with(i, flipped(node, bit)))).toBe(false);
          expect(provesConsistency({ from, to }, proof.toSpliced(i, 1))).toBe(false);
        }
      }),
      { numRuns: LONG ? 500 : 50 },
    );
  });

  it('from nothing to any tree are empty', async () => {
    const leaves = leavesOf(5);
    const [from, to] = [
      { size: 0, root: emptyRoot() },
      { size: 5, root: mth(leaves) },
    ];
    expect(await consistencyProof({ from: 0, to: 5 }, sourceOf(leaves))).toEqual([]);
    expect(provesConsistency({ from, to }, [])).toBe(true);
    expect(provesConsistency({ from, to }, [to.root])).toBe(false);
    expect(provesConsistency({ from: { ...from, root: to.root }, to }, [])).toBe(false);
  });

  it('are refused for a tree that is larger than the other', async () => {
    await expect(consistencyProof({ from: 3, to: 2 }, sourceOf(leavesOf(3)))).rejects.toThrow(RangeError);
  });
});

it('finds the root of each earlier size from the inner nodes', async () => {
  const leaves = leavesOf(70);
  const nodes = sourceOf(leaves);
  for (let n = 0; n <= leaves.length; n += 1) expect(await rootAt(n, nodes)).toEqual(mth(leaves.slice(0, n)));
});

// See vectors/README.md.

const vectors = <T>(name: string): T[] =>
  JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8'));
const bytes = (base64: string | null) => Buffer.from(base64 ?? '', 'base64');
const proofIn = (proof: readonly string[] | null) => (proof ?? []).map(bytes);

interface InclusionVector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}

interface ConsistencyVector {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string | null;
  readonly root2: string | null;
  readonly proof: readonly string[] | null;
  readonly desc: string;
  readonly wantErr: boolean;
}

describe('the published vectors', () => {
  it.each(vectors<InclusionVector>('inclusion'))('inclusion $desc', (vector) => {
    const { leafIdx: index, treeSize, root, leafHash, proof, wantErr } = vector;
    const claim = { index, size: treeSize, leaf: bytes(leafHash), root: bytes(root) };
    expect(provesInclusion(claim, proofIn(proof))).toBe(!wantErr);
  });

  it.each(vectors<ConsistencyVector>('consistency'))('consistency $desc', (vector) => {
    const { size1, size2, root1, root2, proof, wantErr } = vector;
    const claim = { from: { size: size1, root: bytes(root1) }, to: { size: size2, root: bytes(root2) } };
    expect(provesConsistency(claim, proofIn(proof))).toBe(!wantErr);
  });
});
