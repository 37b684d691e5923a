import type { ClientSession, Db } from 'mongodb';
import { expect, it } from 'vitest';
import { AppendedDocuments } from '../../src/store/appendedDocuments.ts';
import { collection, type Stored } from '../../src/store/collection.ts';

const notes = collection<Stored>('notes');
const checked = collection<Stored>('checked', {
  assertIntact: ({ _id }) => {
    if (_id === 'bad') throw new TypeError('it is not intact');
  },
});
const doc = (_id: string) => ({ _id, revision: 1 });
const session = {} as ClientSession;

/** What is sent to the database. */
async function sent(appended: AppendedDocuments) {
  const calls: unknown[] = [];
  const db = {
    collection: (name: string) => ({
      replaceOne: async (...args: unknown[]) => calls.push(['replace', name, ...args]),
      insertMany: async (...args: unknown[]) => calls.push(['insert', name, ...args]),
    }),
  } as unknown as Db;
  await appended.send(db, session);
  return calls;
}

it('documents are sent together, by collection and in order', async () => {
  const appended = new AppendedDocuments();
  appended.add(notes, doc('a'));
  appended.add(checked, doc('b'));
  appended.add(notes, doc('c'));
  appended.of(notes).push(doc('d'));
  expect(await sent(appended)).toEqual([
    ['insert', 'notes', [doc('a'), doc('c'), doc('d')], { session }],
    ['insert', 'checked', [doc('b')], { session }],
  ]);
  expect(await sent(new AppendedDocuments())).toEqual([]);
});

it('one whose id was reserved takes the place of what reserved it', async () => {
  const appended = new AppendedDocuments();
  appended.reserve(notes, 'a');
  appended.reserve(checked, 'b');
  expect(() => appended.assertComplete()).toThrow('notes/a was reserved and never appended');
  appended.add(notes, doc('b'));
  appended.add(notes, doc('a'));
  expect(() => appended.assertComplete()).toThrow('checked/b was reserved and never appended');
  appended.add(checked, doc('b'));
  appended.assertComplete();
  expect(await sent(appended)).toEqual([
    ['replace', 'notes', { _id: 'a' }, doc('a'), { session }],
    ['insert', 'notes', [doc('b')], { session }],
    ['replace', 'checked', { _id: 'b' }, doc('b'), { session }],
  ]);
});

it('one that could not be read back is not sent', async () => {
  const appended = new AppendedDocuments();
  appended.add(checked, doc('a'));
  appended.add(checked, doc('bad'));
  await expect(sent(appended)).rejects.toThrow('it is not intact');
});
