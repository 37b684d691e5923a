import { randomUUID } from 'node:crypto';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { unknownAccounts } from '../../src/server/importing.ts';
import { runImport } from '../domain/imports/importing.ts';
import { type RestoredDatabase, restoreKbase } from '../support/kbaseDatabase.ts';
import { LONG } from '../support/long.ts';
import { Replays, ROLES, SECOND } from './replaying.ts';

const name = `conformance_${randomUUID().replaceAll('-', '')}`;
const [first, second] = [`${name}_1`, `${name}_2`];
const databases = [first, second];
let replays: Replays;
let kbase: RestoredDatabase;

beforeAll(async () => {
  replays = await Replays.open();
  kbase = await restoreKbase(inject('mongoUri'), `${name}_kbase`);
  await setAside(kbase);
  for (const into of databases) {
    const { progress } = await runImport({ kbase, into, accounts: unknownAccounts, settings: replays.settings });
    expect(progress).toMatchObject({ state: 'done' });
  }
}, 300_000);

afterAll(async () => {
  const client = await MongoClient.connect(inject('mongoUri'));
  for (const database of databases) await client.db(database).dropDatabase();
  await client.close();
  await kbase[Symbol.asyncDispose]();
  await replays[Symbol.asyncDispose]();
});

/** The numbers of the exchanges that went another way. */
const failedIn = (printed: string) => [...printed.matchAll(/^#(\d+) /gm)].map(([, seq]) => Number(seq));

/**
 * The conversations begin with an empty house. What is imported stands beside what they make, and only lists of all modules,
 * types and owners show it.
 */
const LISTING_ALL = { first: [143, 168, 409], second: [436, 466, 467, 632, 658, 694] };

describe.runIf(LONG)(
  'a recorded conversation with the KBase Workspace Service, in a house that was imported into',
  () => {
    it('goes the same way, and after a restart with roles from the token', async () => {
      const printed = await replays.replay(first, {}, []);
      expect(failedIn(printed), printed).toEqual(LISTING_ALL.first);
      expect(printed).toMatch(/^396 passed, 3 failed, \d+ skipped$/m);
      const after = await replays.replay(first, ROLES, ['--phase', 'B']);
      expect(after, after).toMatch(/^24 passed, 0 failed, \d+ skipped$/m);
    }, 300_000);

    it('goes the same way a second time, with other calls', async () => {
      const printed = await replays.replay(second, {}, ['--file', SECOND, '--phase', 'A']);
      expect(failedIn(printed), printed).toEqual(LISTING_ALL.second);
      expect(printed).toMatch(/^464 passed, 6 failed, \d+ skipped$/m);
    }, 300_000);
  },
);

const SHIFT = 1_000;

/**
 * Gives the workspaces other numbers and names and their users other names, and makes them private, so that they are out
 * of the way of the conversations, whose first workspace has the number 1.
 */
async function setAside({ workspace, types }: RestoredDatabase): Promise<void> {
  const change = (collection: string, set: Document, filter: Document = {}) =>
    workspace.collection(collection).updateMany(filter, [{ $set: set }]);
  await workspace.collection('workspaceACLs').deleteMany({ user: '*' });
  for (const settings of ['admins', 'dyncfg']) await workspace.collection(settings).deleteMany({});
  await types.collection('module_request').deleteMany({});
  await workspace.collection('workspaceCounter').updateOne({}, { $set: { num: 0 } });
  await change('workspaces', { ws: shifted('$ws'), owner: renamed('$owner') });
  await change('workspaces', { name: { $concat: ['$name', '_earlier'] } }, { name: { $exists: true } });
  await change('workspaceACLs', { id: shifted('$id'), user: renamed('$user') });
  await change('workspaceObjects', { ws: shifted('$ws') });
  await change('workspaceObjVersions', {
    ws: shifted('$ws'),
    savedby: renamed('$savedby'),
    refs: { $map: { input: '$refs', in: moved('$$this') } },
    provrefs: { $map: { input: '$provrefs', in: moved('$$this') } },
    copied: { $cond: [{ $eq: [{ $type: '$copied' }, 'string'] }, moved('$copied'), null] },
  });
  await change('provenance', { wsid: shifted('$wsid'), user: renamed('$user') });
  const owners = { $set: { ownerUserId: renamed('$ownerUserId') } };
  await types.collection('module_owner').updateMany({}, [owners]);
  const uploaders = { $set: { uploadUserId: renamed('$uploadUserId') } };
  await types.collection('module_info_history').updateMany({ uploadUserId: { $type: 'string' } }, [uploaders]);
}

const shifted = (number: string): Document => ({ $add: [number, SHIFT] });
const renamed = (user: string): Document => ({ $concat: ['earlier_', user] });
/** A reference such as 1/2/3, to the same object of the shifted workspace. */
const moved = (reference: string): Document => {
  const slash = { $indexOfBytes: [reference, '/'] };
  const ws = { $toInt: { $substrBytes: [reference, 0, slash] } };
  const rest = { $substrBytes: [reference, slash, -1] };
  return { $concat: [{ $toString: { $add: [ws, SHIFT] } }, rest] };
};
