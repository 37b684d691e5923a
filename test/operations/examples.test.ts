import { afterAll, beforeAll, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { recoveryDigest, sealedSecret } from '../../src/identity/totp.ts';
import { allCommands } from '../../src/operations/index.ts';
import { saveParams } from '../domain/objects/savingWorld.ts';
import { MANY, openWorld, put } from '../domain/ownership/things.ts';
import type { World } from '../domain/workspaces/world.ts';
import { callerNamed, requestWith, storeRequests } from '../support/approvalRequests.ts';
import { LONG } from '../support/long.ts';
import { policyOf } from '../support/policies.ts';
import { codeOf, signedInToken } from '../support/proofs.ts';
import { softAuthenticator } from '../support/softAuthenticator.ts';

const PEOPLE = ['auser', 'buser', 'cuser', 'bob', 'eve', 'lolcats'];
/** Commands whose examples make what the others need, or decide pending requests. */
const FIRST = [
  ...['addUser', 'createRole', 'createWorkspace', 'createStaff', 'createIiifObject'],
  ...['approveModRequest', 'denyModRequest', 'setWorkspaceOwner'],
];

const book = { base: 'https://iiif.example.org', type: 'manifest', identifier: 'b1', object: { label: 'Book 1' } };
const insulin = { base: book.base, type: 'collection', name: 'insulin', object: { label: 'Insulin' } };
const folder = (id: string) => ['createFolder', { id, createIntermediateFolders: true }] as const;
const block = (externalId: string) => ['createResource', { type: 'block', name: 'b', externalId }, 'ann'] as const;
const workbook = (externalId: string, owner: string) =>
  ['createResource', { type: 'workbooks', name: 'Q4', externalId }, owner] as const;

/** The domain of passkeys. */
const PARTY = { id: 'steward.example.org', origins: ['https://steward.example.org'] };

/** What the examples name, in the order in which it is made. */
const SETTING: readonly (readonly [command: string, params?: object, user?: string])[] = [
  ['addUser', {}, 'portal'],
  ['createRole', { name: 'curators', members: ['buser'] }],
  ['createRole', { name: 'Sales', members: ['auser'] }],
  ['createWorkspace', { workspace: 'auser:genomes' }, 'auser'],
  ['createWorkspace', { workspace: 'auser:drafts' }, 'auser'],
  folder('/@Catalog/shared/Sales'),
  folder('/@Catalog/shared/Old'),
  folder('/@Catalog/users/ann'),
  workbook('/@Catalog/shared/Sales/Q4', 'auser'),
  block('HTPG6LY5O1'),
  block('B1'),
  block('B2'),
  ['createResource', { type: 'plate', name: 'HeLa 17', externalId: 'P-17' }, 'ann'],
  ['createIiifObject', insulin],
  ['createIiifObject', book],
];

const SPEC = 'module Genomes { typedef structure { int length; } Genome; };';
const genome = { type: 'Genomes.Genome', data: { length: 4_641_652 }, name: 'ecoli' };

/** Failures that only mean that something is not made yet. */
let before: World;
let after: World;
/** Ids in the examples that differ in every database; for jobs, by the state that the command needs. */
const own = new Map<string, (command: string) => string>();

async function ask(world: World): Promise<World> {
  await world.meet(...PEOPLE);
  await world.call('auser', 'request_module_ownership', 'Genomes');
  await world.run('approveModRequest', { module: 'Genomes' });
  await world.call('auser', 'register_typespec', { spec: SPEC, new_types: ['Genome'], dryrun: 0 });
  await world.call('auser', 'release_module', 'Genomes');
  await world.call('auser', 'request_module_ownership', 'KBaseGenomes');
  return world;
}

beforeAll(async () => {
  before = await ask(await openWorld());
  await before.run('createWorkspace', { workspace: 'buser:genomes' }, 'buser');
  after = await ask(await openWorld({ policy: policyOf({ breakGlass: { allow: ['boss'] } }), relyingParty: PARTY }));
  for (const [command, params, user] of SETTING) await after.run(command, params, user);
  const made = async (...[command, params, user]: (typeof SETTING)[number]) =>
    (await after.run(command, params, user)) as { readonly id: string; readonly job: string };
  await after.run('approveModRequest', { module: 'KBaseGenomes' });
  await after.run('grantModuleOwnership', { mod: 'KBaseGenomes', new_owner: 'buser', with_grant_option: 1 });
  await made('createResource', { type: 'section', name: 's', externalId: 'H5B1' }, 'ann');
  await made(...workbook('/@Catalog/users/ann/Q3', 'ann'));
  const { id: elsewhere } = await made(
    'createResource',
    { type: 'folders', name: 'F', externalId: '/@Catalog/F' },
    'ann',
  );
  await after.run('saveObjects', saveParams([{ ...genome, name: 'yeast' }, genome]), 'auser');
  const account = { email: 'cataloguer@example.org', password: 'correct horse battery staple' };
  const { id: staff } = await made('createStaff', { username: 'cataloguer', ...account });
  await after.call('eve', 'create_workspace', { workspace: 'eves' });
  await after.run('deleteUser', undefined, 'eve');
  const [former = ''] = ((await after.run('listWorkspaceOwners')) as string[]).filter((name) => name.startsWith('eve'));
  // A job that takes longer than its call; nothing continues it here.
  await put(after, MANY, () => ({ owners: ['cec'] }));
  const jobs = {
    done: (await made('changeOwner', { from: 'bob', to: 'buser' })).job,
    running: (await made('changeOwner', { from: 'cec', to: 'bob' })).job,
    paused: (await made('changeOwner', { from: 'cec', to: 'buser' })).job,
  };
  await after.run('pauseJob', { id: jobs.paused });
  const states: Readonly<Record<string, keyof typeof jobs>> = {
    cancelJob: 'running',
    pauseJob: 'running',
    resumeJob: 'paused',
  };
  await after.run('addAdmin', {}, 'cuser');
  const latest = (await after.records()).at(-1)?.id ?? '';
  const [ofBob, ofBoss] = ['b'.repeat(24), 'c'.repeat(24)];
  await storeRequests(
    after.database,
    requestWith({ _id: ofBob, requester: callerNamed('bob') }),
    requestWith({ _id: ofBoss, requester: callerNamed('boss') }),
  );
  const glass = { principal: 'lolcats', id: 'glass-1', reason: 'at night', at: new Date(), until: new Date() };
  await after.database.db
    .collection<{ _id: string }>('roster')
    .updateOne({ _id: 'roster' }, { $set: { broken: [glass] }, $inc: { revision: 1 } });
  const requests: Readonly<Record<string, string>> = {
    ...{ approve: ofBob, denyApproval: ofBob },
    ...{ getApproval: ofBoss, cancelApproval: ofBoss, runApproved: ofBoss },
  };
  const records: Readonly<Record<string, string>> = { revert: latest.slice(0, latest.indexOf('-')) };
  own.set(
    '6b04e15c3413ffb9138e1bc4',
    (command) => records[command] ?? requests[command] ?? jobs[states[command] ?? 'done'],
  );
  own.set('0b6e9420-f33c-4c5a-80a5-47261654b63d', () => staff);
  own.set('res-6fe0d6ab-9f4f-4b55-9a0b-3f3d0ab5bd4e', () => elsewhere);
  own.set('ann~1a2b3c4d', () => former);
  const [app, another] = ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'] as const;
  const [at, recoveryCode] = [new Date(), '0b4c1-9f27e-55d10-a3c8e'];
  const recoveryCodes = [recoveryDigest((value) => after.database.keyedDigest(value), 'boss', recoveryCode)];
  const sealed = (secret: string) => sealedSecret(after.database.sealer, 'boss', secret);
  const pending = { secret: sealed(another), until: new Date(at.getTime() + 86_400_000) };
  await after.database.db
    .collection('totp')
    .insertOne({ _id: 'boss', revision: 1, secret: sealed(app), confirmedAt: at, recoveryCodes, pending } as never);
  await after.database.db.collection('sessions').insertOne({
    _id: 'session-3f786850e387550fdab836ed7e6dc881' as never,
    ...{ revision: 1, principal: 'lolcats', startedAt: at, expiresAt: new Date(at.getTime() + 86_400_000) },
  });
  const device = softAuthenticator('https://steward.example.org', PARTY.id);
  const key = { id: 'pZ0nWw2Qk7xI', name: 'Laptop', publicKey: 'unused', counter: 0, addedAt: at };
  const asked = { challenge: 'c'.repeat(43), until: new Date(at.getTime() + 86_400_000) };
  await after.database.db
    .collection('passkeys')
    .insertOne({ _id: 'boss' as never, revision: 1, keys: [key], pending: asked });
  own.set('{…}', () => JSON.stringify(device.create({ challenge: asked.challenge })).slice(1, -1));
  own.set('492039', (command) => codeOf(command === 'confirmTotp' ? another : app));
  own.set('eyJhbGciOiJFUzI1NiJ9.e30.c2ln', () => signedInToken('boss'));
  await after.sealer.seal();
  await after.database.db.collection('auditSegments').updateMany({}, { $set: { at: new Date('2024-06-01') } });
  await after.sealer.seal();
  const [record] = await after.records();
  own.set('6b0cd89a0000000112ab34cd-0', () => record?.id ?? '');
  own.set('a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3', () => String(record?.hash));
});
afterAll(async () => {
  await before[Symbol.asyncDispose]();
  await after[Symbol.asyncDispose]();
});

it.each(
  allCommands.flatMap(({ name, effect, examples }) =>
    (LONG ? examples : examples.slice(0, 1)).map((example) => [name, example.title, { effect, ...example }] as const),
  ),
)('%s: %s', async (command, _, { effect, title: __, ...example }) => {
  const text = JSON.stringify({ command, ...example, ...(effect === 'write' ? { dryRun: true } : {}) });
  const object = JSON.parse([...own].reduce((all, [id, of]) => all.replaceAll(id, of(command)), text));
  if (command === 'saveObjects') object.params = { ...object.params, ...saveParams(object.params.objects, {}) };
  const world = FIRST.includes(command) ? before : after;
  const refusal = await world.administer('boss', object).then(
    () => undefined,
    (error: unknown) => (error instanceof StewardError ? `${error.reason}: ${error.message}` : error),
  );
  expect(refusal).toBeUndefined();
});
