import { randomUUID } from 'node:crypto';
import type { CommandSucceededEvent } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { auditCollection } from '../../src/audit/record.ts';
import { Database } from '../../src/store/database.ts';

const DOCUMENTS = 1_300;

it('insertions come in the order of their commits, and few at a time, so that long lists of them take little memory', async () => {
  const uri = new URL(inject('mongoUri'));
  uri.searchParams.set('monitorCommands', 'true');
  const database = await Database.connect({ uri: uri.href, database: `test_${randomUUID().replaceAll('-', '')}` });
  try {
    await database.prepare([auditCollection]);
    const begun = await database.clock.now();
    const ids = Array.from({ length: DOCUMENTS }, (_, i) => `${(DOCUMENTS - i) * 7}`);
    const documents = database.db.collection<{ _id: string }>(auditCollection.name);
    await documents.insertMany(ids.map((_id) => ({ _id })));
    const answers: number[] = [];
    const count = ({ reply }: CommandSucceededEvent) => {
      const { firstBatch, nextBatch } = (reply as { cursor?: Record<string, readonly unknown[]> }).cursor ?? {};
      answers.push((firstBatch ?? nextBatch ?? []).length);
    };
    database.client.on('commandSucceeded', count);
    const found: string[] = [];
    for await (const { id } of database.insertedSince(auditCollection, { at: begun })) found.push(id);
    database.client.off('commandSucceeded', count);
    expect(found).toEqual(ids);
    expect(answers.reduce((sum, answer) => sum + answer, 0)).toBe(DOCUMENTS);
    expect(Math.max(...answers)).toBeLessThanOrEqual(500);
  } finally {
    await database.db.dropDatabase();
    await database.close();
  }
});
