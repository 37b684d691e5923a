import { expect, it } from 'vitest';
import { EqualReads } from '../../src/store/equalReads.ts';

/** Reads that are answered by hand. */
function held() {
  const sent: { readonly answer: (id: string) => void; readonly fail: (error: Error) => void }[] = [];
  const read = () =>
    new Promise<{ _id: string }[]>((resolve, reject) => {
      sent.push({ answer: (_id) => resolve([{ _id }]), fail: reject });
    });
  return { sent, read };
}

const list = { from: 'workspaces', filter: { owners: { $eq: 'ann' } }, options: { limit: 10 } };

it('equal reads that begin in the same turn are sent once, and each gets the documents', async () => {
  const { sent, read } = held();
  const equal = new EqualReads();
  const all = [1, 2, 3].map(() => equal.find(structuredClone(list), read));
  await expect.poll(() => sent.length).toBe(1);
  sent[0]?.answer('a');
  expect(await Promise.all(all)).toEqual([[{ _id: 'a' }], [{ _id: 'a' }], [{ _id: 'a' }]]);
  expect(sent).toHaveLength(1);
});

it('a read is never answered by one that was sent before it began', async () => {
  const { sent, read } = held();
  const equal = new EqualReads();
  const first = equal.find(list, read);
  await expect.poll(() => sent.length).toBe(1);
  const second = equal.find(list, read);
  sent[0]?.answer('before');
  expect(await first).toEqual([{ _id: 'before' }]);
  await expect.poll(() => sent.length).toBe(2);
  sent[1]?.answer('after');
  expect(await second).toEqual([{ _id: 'after' }]);
});

it('while two are in flight, those that begin wait and are sent once', async () => {
  const { sent, read } = held();
  const equal = new EqualReads();
  const first = equal.find(list, read);
  await expect.poll(() => sent.length).toBe(1);
  const second = equal.find(list, read);
  await expect.poll(() => sent.length).toBe(2);
  const later = [equal.find(list, read), equal.find(list, read)];
  sent[0]?.answer('a');
  await expect.poll(() => sent.length).toBe(3);
  sent[1]?.answer('b');
  sent[2]?.answer('c');
  expect((await Promise.all([first, second, ...later])).flat().map(({ _id }) => _id)).toEqual(['a', 'b', 'c', 'c']);
});

it.each([
  ['of another collection', { ...list, from: 'resources' }],
  ['of others', { ...list, filter: { owners: { $eq: 'bea' } } }],
  ['of another time', { ...list, filter: { ...list.filter, at: { $lt: new Date(1) } } }],
  ['with another limit', { ...list, options: { limit: 11 } }],
])('a read %s is sent by itself', async (_, other) => {
  const { sent, read } = held();
  const equal = new EqualReads();
  const both = [equal.find(list, read), equal.find(other, read)];
  await expect.poll(() => sent.length).toBe(2);
  sent[0]?.answer('a');
  sent[1]?.answer('b');
  expect(await Promise.all(both)).toEqual([[{ _id: 'a' }], [{ _id: 'b' }]]);
});

it('a read that fails fails for those who share it, and for nobody later', async () => {
  const { sent, read } = held();
  const equal = new EqualReads();
  const both = [equal.find(list, read), equal.find(list, read)];
  await expect.poll(() => sent.length).toBe(1);
  sent[0]?.fail(new Error('gone'));
  for (const one of both) await expect(one).rejects.toThrow('gone');
  const later = equal.find(list, read);
  await expect.poll(() => sent.length).toBe(2);
  sent[1]?.answer('a');
  expect(await later).toEqual([{ _id: 'a' }]);
});
