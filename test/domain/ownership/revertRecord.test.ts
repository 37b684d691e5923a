import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEPT } from '../../../src/domain/ownership/inverseRules.ts';
import { INVERSES } from '../../../src/domain/ownership/inverseTable.ts';
import { whyNotRevertible } from '../../../src/domain/ownership/revertRecord.ts';
import { allCommands } from '../../../src/operations/index.ts';
import { BOOKKEEPING } from '../../../src/store/bookkeeping.ts';
import type { Change } from '../../../src/store/changes.ts';
import { call, calls, POLICY, peopledHouse } from '../../gate/calls.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';
import { LONG, spread } from '../../support/long.ts';
import { randomCommand } from '../../support/randomCommands.ts';
import { stateOf } from '../../support/stateOf.ts';

const BOOK = { type: 'workbooks', externalId: '/@Catalog/shared/book' };

/** Does it as the user, and returns the id of its record. */
async function act(house: TestHouse, command: object, user = 'boss'): Promise<string> {
  const { receipt } = (await house.administer(user, command)) as { receipt?: { record: string } };
  return receipt?.record ?? '';
}

const revert = (record: string) => ({ command: 'revert', params: { record } });

/** A call of every command that can be reverted, and then in full. */
const REVERTIBLE: readonly { readonly command: string; readonly user?: string; readonly params?: object }[] = [
  { command: 'addAdmin', user: 'ann' },
  { command: 'addAdmin', user: 'limited', params: { role: 'readOnly' } },
  { command: 'removeAdmin', user: 'cec' },
  { command: 'addUser', user: 'eve', params: { kind: 'service' } },
  { command: 'disableUser', user: 'bea' },
  { command: 'enableUser', user: 'dan' },
  { command: 'renameUser', user: 'bea', params: { newName: 'beatrice' } },
  { command: 'createRole', params: { name: 'readers', members: ['ann'] } },
  { command: 'deleteRole', params: { name: 'curators' } },
  { command: 'addRoleMembers', params: { name: 'curators', members: ['cec'], expires: '2099-01-01T00:00:00Z' } },
  { command: 'removeRoleMembers', params: { name: 'curators', members: ['bea'] } },
  { command: 'addFriend', user: 'ann', params: { friend: 'cec' } },
  { command: 'removeFriend', user: 'ann', params: { friend: 'bea' } },
  { command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'bea', new_name: 'bea:data' } },
  { command: 'changeOwnership', params: { type: 'workspace', id: 'ws1', accountType: 'User', owner: 'bea' } },
  { command: 'setPermissions', params: { id: 1, new_permission: 'w', users: ['bea', 'cec'] } },
  { command: 'setGlobalPermission', user: 'ann', params: { id: 1, new_permission: 'r' } },
  { command: 'renameWorkspace', params: { wsi: { id: 1 }, new_name: 'ann:renamed' } },
  { command: 'setWorkspaceDescription', params: { id: 1, description: 'words' } },
  { command: 'alterWorkspaceMetadata', params: { wsi: { id: 1 }, new: { organism: 'yeast' } } },
  { command: 'lockWorkspace', params: { id: 1 } },
  { command: 'unlockWorkspace', params: { id: 2 } },
  { command: 'deleteWorkspace', params: { id: 1 } },
  { command: 'undeleteWorkspace', params: { id: 3 } },
  { command: 'renameObject', params: { obj: { ref: '1/1' }, new_name: 'renamed' } },
  { command: 'deleteObjects', params: { objects: [{ ref: '1/1' }] } },
  { command: 'undeleteObjects', params: { objects: [{ ref: '1/2' }] } },
  { command: 'hideObjects', params: { objects: [{ ref: '1/1' }] } },
  { command: 'unhideObjects', params: { objects: [{ ref: '1/3' }] } },
  { command: 'grantModuleOwnership', params: { mod: 'Owned', new_owner: 'cec' } },
  { command: 'removeModuleOwnership', params: { mod: 'Owned', old_owner: 'ann' } },
  { command: 'setConfig', params: { set: { 'backend-file-retrieval-scaling': 7 } } },
  {
    command: 'createResource',
    params: { type: 'plate', name: 'new', owners: [{ accountType: 'User', owner: 'ann' }] },
  },
  { command: 'deleteResource', params: { type: 'folders', externalId: '/@Catalog/shared', recursive: true } },
  { command: 'setAcl', params: { ...BOOK, grants: [{ accountType: 'User', account: 'bea', level: 'write' }] } },
  { command: 'setAclMass', params: { resources: [BOOK], visibility: 'public' } },
  { command: 'moveResource', params: { ...BOOK, parents: [] } },
  { command: 'updateResource', params: { ...BOOK, name: 'renamed' } },
  ...[
    ...[
      'createFolder',
      'copyCatalogItem',
      'moveCatalogItem',
      'updateCatalogAcl',
      'setOwnedBy',
      'updateStaffPermissions',
    ],
    ...['createIiifObject', 'updateIiifObject', 'deleteIiifObject', 'updateStaff'],
  ].map((command) => ({ command, ...calls[command] })),
];

describe('a revert', () => {
  let house: TestHouse;
  /** What the house has before each command, since each is taken back. */
  let before: State;
  beforeAll(async () => {
    house = await peopledHouse();
    before = await stateOf(house);
  });
  afterAll(() => house[Symbol.asyncDispose]());

  /** The dry runs of a few are looked at, and their reverts reverted; in the long run of all. */
  const repeated = new Set(spread(REVERTIBLE, 8));

  it.each(REVERTIBLE)('takes back $command, as its dry run shows, and can be reverted itself', async (command) => {
    const record = await act(house, command);
    const after = await stateOf(house);
    expect(after).not.toEqual(before);
    const dry = (await house.administer('boss', { ...revert(record), dryRun: true })).result as { plan: string };
    if (repeated.has(command)) expect(await stateOf(house)).toEqual(after);
    const reverted = await act(house, { ...revert(record), plan: dry.plan });
    expect(await stateOf(house)).toEqual(before);
    if (!repeated.has(command)) return;
    const again = await act(house, revert(reverted));
    expect(await stateOf(house)).toEqual(after);
    await act(house, revert(again));
    expect(await stateOf(house)).toEqual(before);
  });

  it('of a new workspace deletes it, whose number and name stay taken, and can be taken back itself', async () => {
    await using house = await peopledHouse();
    const create = { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:new' } };
    const record = await act(house, create);
    const made = async () => (await house.contents('workspaces')).find(({ name }) => name === 'ann:new');
    const reverted = await act(house, revert(record));
    expect(await made()).toMatchObject({ deleted: true, owners: ['ann'] });
    expect(await house.refusal('boss', create)).toBe('workspace_name_taken');
    await act(house, revert(reverted));
    expect(await made()).toMatchObject({ deleted: false, owners: ['ann'] });
    const used = await act(house, { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:used' } });
    const { number: id } = (await house.contents('workspaces')).find(({ name }) => name === 'ann:used') ?? {};
    await act(house, { command: 'saveObjects', user: 'ann', params: { ...calls.saveObjects?.params, id } });
    expect(await house.refused('boss', revert(used))).toMatchObject({
      reason: 'record_not_revertible',
      message: expect.stringContaining(`workspace ${id} has objects`),
    });
  });

  it('makes a user again with the right of an administrator that went with them', async () => {
    await using house = await peopledHouse();
    await act(house, { command: 'addUser', user: 'eve' });
    await act(house, { command: 'addAdmin', user: 'eve', params: { role: 'readOnly' } });
    const before = await stateOf(house);
    const record = await act(house, { command: 'deleteUser', user: 'eve' });
    expect(await stateOf(house)).not.toEqual(before);
    await act(house, revert(record));
    expect(await stateOf(house)).toEqual(before);
  });

  it('of a deletion restores an object that was deleted before, and restored with its workspace', async () => {
    await using house = await peopledHouse();
    const remove = { command: 'deleteObjects', params: { objects: [{ ref: '1/1' }] } };
    await act(house, remove);
    await act(house, { command: 'deleteWorkspace', params: { id: 1 } });
    await act(house, { command: 'undeleteWorkspace', params: { id: 1 } });
    const before = await stateOf(house);
    for (const command of [
      { command: 'renameObject', params: { obj: { ref: '1/1' }, new_name: 'renamed' } },
      { command: 'hideObjects', params: remove.params },
    ]) {
      await act(house, revert(await act(house, command)));
      expect(await stateOf(house)).toEqual(before);
    }
    const record = await act(house, remove);
    const after = await stateOf(house);
    const reverted = await act(house, revert(record));
    expect(await stateOf(house)).toEqual(before);
    const repeated = await act(house, revert(reverted));
    expect(await stateOf(house)).toEqual(after);
    await act(house, { command: 'deleteWorkspace', params: { id: 1 } });
    await act(house, { command: 'undeleteWorkspace', params: { id: 1 } });
    expect(await house.refused('boss', revert(repeated))).toMatchObject({
      message: expect.stringContaining('was restored since'),
    });
  });

  it('of a new owner with a new name is possible for a locked workspace too', async () => {
    await using house = await peopledHouse();
    await act(house, { command: 'lockWorkspace', params: { id: 1 } });
    const before = await stateOf(house);
    const given = { command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'bea' } };
    await act(house, revert(await act(house, given)));
    expect(await stateOf(house)).toEqual(before);
  });

  it('covers every command that writes, or the command says why it is not reverted', () => {
    const others = ['createWorkspace', 'deleteUser', 'runApproved', 'revert'];
    const covered = new Set([...REVERTIBLE.map(({ command }) => command), ...others]);
    const writing = allCommands.filter(({ effect }) => effect === 'write');
    expect(writing.filter((c) => c.notRevertible === undefined && !covered.has(c.name)).map((c) => c.name)).toEqual([]);
    expect(writing.filter((c) => c.notRevertible !== undefined && covered.has(c.name)).map((c) => c.name)).toEqual([]);
  });
});

/** The record of a call, and the refusal of its revert. */
async function refusedAfter(house: TestHouse, command: object, by = 'boss') {
  const record = await act(house, command);
  return { record, refusal: await house.refused(by, revert(record)) };
}

/** A policy that requires something of commands that take back others, or denies them. */
const STRICT_POLICY = `${POLICY}
  - { name: why, who: [anybody], commands: [removeAdmin], require: { reason: true } }
  - { name: two, who: [anybody], commands: [setWorkspaceOwner], require: { approvals: { count: 1 } } }
  - name: not-bea
    who: [anybody]
    commands: [setPermissions]
    where: { properties: { new_permission: { const: a } }, required: [new_permission] }
    deny: true
  - { name: data, who: [anybody], commands: [alterWorkspaceMetadata, hideObjects], deny: true }
`;

describe('a revert is refused', () => {
  it('if what it touches has changed since, and says which document, which field, what was expected and found', async () => {
    await using house = await peopledHouse();
    const record = await act(house, { command: 'addRoleMembers', params: { name: 'curators', members: ['cec'] } });
    const end = '2099-01-01T00:00:00.000Z';
    await act(house, { command: 'addRoleMembers', params: { name: 'curators', members: ['cec'], expires: end } });
    const role = (await house.contents('roles')).find(({ name }) => name === 'curators');
    const before = await stateOf(house);
    const { reason, message } = await house.refused('boss', revert(record));
    expect(reason).toBe('changed_since');
    expect(message).toContain(`roles/${role?._id}`);
    expect(message).toContain(`members[cec] is {"principal":"cec","expires":"${end}"} instead of {"principal":"cec"}`);
    expect(await stateOf(house)).toEqual(before);
  });

  it('not for changes of other parts of the same document', async () => {
    await using house = await peopledHouse();
    const share = (user: string) => ({
      command: 'setPermissions',
      params: { id: 1, new_permission: 'w', users: [user] },
    });
    const record = await act(house, share('bea'));
    await act(house, share('cec'));
    await act(house, { command: 'lockWorkspace', params: { id: 1 } });
    await act(house, revert(record));
    const [workspace] = await house.contents('workspaces');
    expect(workspace).toMatchObject({ locked: true, grants: [{ principal: 'cec', level: 'write' }] });
  });

  it('the second time', async () => {
    await using house = await peopledHouse();
    const record = await act(house, { command: 'lockWorkspace', params: { id: 1 } });
    const both = await Promise.allSettled([act(house, revert(record)), act(house, revert(record))]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [lost] = both.flatMap((one) => (one.status === 'rejected' ? [one.reason.reason] : []));
    expect(lost).toBe('changed_since');
    expect(await house.refusal('boss', revert(record))).toBe('changed_since');
  });

  it('whom the command that has the same effect is refused', async () => {
    await using house = await peopledHouse();
    const added = await act(house, { command: 'addAdmin', user: 'ann', params: { role: 'readOnly' } });
    const removed = await act(house, { command: 'removeAdmin', user: 'cec' });
    const params = { commands: ['revert', 'addAdmin', 'lockWorkspace'] };
    await act(house, { command: 'addAdmin', user: 'bea', params });
    expect(await house.refused('bea', revert(added))).toMatchObject({
      reason: (await house.refused('bea', { command: 'removeAdmin', user: 'ann' })).reason,
      message: expect.stringContaining('removeAdmin'),
    });
    // May run addAdmin, but not for more rights than their own.
    expect(await house.refusal('bea', revert(removed))).toBe('exceeds_own_rights');
    expect(await house.refusal('reader', revert(added))).toBe('rights_required');
    expect(await house.refusal('ann', revert(added))).toBe('rights_required');
    const locked = await act(house, { command: 'unlockWorkspace', params: { id: 2 } });
    await act(house, revert(locked), 'bea');
    const explained = await house.administer('bea', {
      command: 'explain',
      params: { command: 'revert', params: { record: added } },
    });
    expect(explained.result).toMatchObject({
      verdict: 'deny',
      refusal: { message: expect.stringContaining('removeAdmin') },
    });
  });

  it('without what the policy requires of the command that has the same effect', async () => {
    await using house = await peopledHouse({ policy: STRICT_POLICY });
    const record = await act(house, { command: 'addAdmin', user: 'ann' });
    expect(await house.refusal('boss', revert(record))).toBe('reason_required');
    await act(house, { ...revert(record), reason: 'a mistake' });
    await act(house, { command: 'addAdmin', user: 'ann' });
    const given = await act(house, {
      command: 'changeOwnership',
      params: { type: 'workspace', id: 'ws1', accountType: 'User', owner: 'bea', previousOwner: 'drop' },
    });
    const { reason, message } = await house.refused('boss', revert(given));
    expect(reason).toBe('approval_needed');
    const request = /request ([0-9a-f]{24})/.exec(message)?.[1];
    await house.administer('cec', { command: 'approve', params: { request, reason: 'yes' } });
    await house.administer('boss', { ...revert(given), approval: request });
    const [workspace] = await house.contents('workspaces');
    expect(workspace).toMatchObject({ owners: ['ann'] });
    await house.database.db
      .collection<{ _id: string }>('workspaces')
      .updateOne({ _id: 'ws1' }, { $set: { grants: [{ principal: 'bea', level: 'admin' }] }, $inc: { revision: 1 } });
    const lowered = await act(house, {
      command: 'setPermissions',
      params: { id: 1, new_permission: 'r', users: ['bea'] },
    });
    expect(await house.refusal('boss', revert(lowered))).toBe('policy_denied');
  });

  it('also of what a user changed with a method, where the policy denies the command that has the same effect', async () => {
    await using house = await peopledHouse({ policy: STRICT_POLICY });
    const newest = async () => (await house.records()).at(-1)?.id ?? '';
    await call(house, 'ann', 'alter_workspace_metadata', { wsi: { id: 1 }, new: { organism: 'yeast' } });
    const altered = await newest();
    await call(house, 'ann', 'unhide_objects', [{ ref: '1/3' }]);
    const unhidden = await newest();
    await call(house, 'ann', 'hide_objects', [{ ref: '1/1' }]);
    const hidden = await newest();
    expect(await house.refusal('boss', revert(altered))).toBe('policy_denied');
    expect(await house.refusal('boss', revert(unhidden))).toBe('policy_denied');
    await act(house, revert(hidden));
    const objects = await house.contents('objects');
    expect(objects.map(({ hidden: isHidden }) => isHidden)).toEqual([false, false, false]);
  });

  it('if it would leave no administrator, or concern one of the configuration', async () => {
    await using house = await peopledHouse();
    const record = await act(house, { command: 'addAdmin', user: 'ann' });
    await act(house, { command: 'removeAdmin', user: 'cec' });
    await using other = await openHouse({ beside: house, rules: { configured: [] } });
    expect(await other.refusal('ann', revert(record))).toBe('last_admin');
    expect((await house.contents('roster'))[0]?.admins).toMatchObject(
      expect.arrayContaining([{ principal: 'ann' }].map((a) => expect.objectContaining(a))),
    );
    await using third = await openHouse({ beside: house, rules: { configured: ['boss', 'ann'] } });
    expect(await third.refusal('boss', revert(record))).toBe('protected_admin');
  });

  it('if somebody can be given nothing any more', async () => {
    await using house = await peopledHouse();
    const admin = await act(house, { command: 'removeAdmin', user: 'cec' });
    const member = await act(house, { command: 'removeRoleMembers', params: { name: 'curators', members: ['bea'] } });
    const owner = await act(house, { command: 'setWorkspaceOwner', params: { wsi: { id: 1 }, new_user: 'bea' } });
    for (const user of ['ann', 'bea', 'cec']) await act(house, { command: 'disableUser', user });
    for (const record of [admin, member, owner])
      expect(await house.refusal('boss', revert(record))).toBe('recipient_unfit');
  });

  it("if the name is somebody else's by now", async () => {
    await using house = await peopledHouse();
    const renamed = await act(house, { command: 'renameUser', user: 'bea', params: { newName: 'beatrice' } });
    await act(house, { command: 'addUser', user: 'bea' });
    expect(await house.refusal('boss', revert(renamed))).toBe('username_taken');
    const workspace = await act(house, { command: 'renameWorkspace', params: { wsi: { id: 1 }, new_name: 'ann:two' } });
    await act(house, { command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:data' } });
    expect(await house.refusal('boss', revert(workspace))).toBe('workspace_name_taken');
    const role = await act(house, { command: 'deleteRole', params: { name: 'curators' } });
    await act(house, { command: 'createRole', params: { name: 'curators', members: [] } });
    expect(await house.refusal('boss', revert(role))).toBe('role_name_taken');
  });

  it('if a resource has others below it, or its parents are gone', async () => {
    await using house = await peopledHouse();
    const owners = [{ accountType: 'User', owner: 'ann' }];
    const made = (await house.administer('boss', {
      command: 'createResource',
      params: { type: 'folders', name: 'top', externalId: '/@Catalog/shared/top', owners },
    })) as { result: { id: string }; receipt: { record: string } };
    const book = { type: 'workbooks', name: 'b', externalId: '/@Catalog/shared/top/b', owners };
    await act(house, { command: 'createResource', params: { ...book, parents: [made.result.id] } });
    expect(await house.refusal('boss', revert(made.receipt.record))).toBe('resource_not_empty');
    const below = await act(house, {
      command: 'deleteResource',
      params: { type: book.type, externalId: book.externalId },
    });
    await act(house, { command: 'deleteResource', params: { type: 'folders', externalId: '/@Catalog/shared/top' } });
    expect(await house.refusal('boss', revert(below))).toBe('resource_missing');
  });

  describe('with what is the reason:', () => {
    let house: TestHouse;
    beforeAll(async () => {
      house = await peopledHouse();
    });
    afterAll(() => house[Symbol.asyncDispose]());

    it.each([
      ['credentials', { command: 'setPassword', user: 'bea', params: { password: 'a password' } }],
      ['credentials', { command: 'createStaff', params: { username: 'newstaff', password: 'a password' } }],
      ['can sign in already', { command: 'addUser', user: 'eve', params: { id: 'eve' } }],
      ['saved versions', { command: 'saveObjects', ...calls.saveObjects }],
      ['closed account', { command: 'deleteUser', user: 'bea' }],
      ['only as HMACs', { command: 'updateStaff', params: { id: 'stan', email: 'stan@example.org' } }],
      ['changed nothing', { command: 'listAdmins' }],
      ['revertJob', { command: 'changeOwner', params: { from: 'ann', to: 'cec' } }],
    ])('%s', async (why, command) => {
      const { notRevertible } = allCommands.find(({ name }) => name === command.command) ?? {};
      const dry = (await house.administer('boss', { ...command, dryRun: true })).result as { notRevertible?: string };
      const { refusal } = await refusedAfter(house, command);
      expect(refusal.reason).toBe('record_not_revertible');
      expect(refusal.message).toContain(why);
      if (!['listAdmins', 'changeOwner'].includes(command.command))
        expect(refusal.message).toContain(dry.notRevertible ?? 'nothing');
      if (notRevertible !== undefined) expect(notRevertible).toContain(why);
    });
  });

  it('if a removed account had an address, as its dry run says before', async () => {
    await using house = await peopledHouse();
    await act(house, { command: 'addUser', user: 'eve', params: { email: 'eve@example.org' } });
    const remove = { command: 'deleteUser', user: 'eve' };
    const { result } = await house.administer('boss', { ...remove, dryRun: true });
    expect(result).toMatchObject({ notRevertible: expect.stringContaining('only as HMACs') });
    const { refusal } = await refusedAfter(house, remove);
    expect(refusal.message).toContain((result as { notRevertible: string }).notRevertible);
  });

  it('for records of refusals, dry runs and other records that are none of a call, and for unknown ones', async () => {
    await using house = await peopledHouse();
    await house.refused('ann', { command: 'lockWorkspace', params: { id: 1 } });
    await house.administer('boss', { command: 'lockWorkspace', params: { id: 1 }, dryRun: true });
    const records = await house.records();
    for (const { id, outcome } of records.slice(-2)) {
      const { reason, message } = await house.refused('boss', revert(id));
      expect({ reason, message }).toEqual({
        reason: 'record_not_revertible',
        message: expect.stringContaining(outcome),
      });
    }
    const start = records.find(({ via }) => via === 'job');
    expect(await house.refusal('boss', revert(start?.id ?? ''))).toBe('record_not_revertible');
    expect(await house.refusal('boss', revert(`${'1'.repeat(24)}-0`))).toBe('record_unknown');
  });

  it('and gives nothing back that has ended meanwhile', async () => {
    let now = new Date();
    await using house = await peopledHouse({ now: () => now });
    const expires = new Date(now.getTime() + 60_000).toISOString();
    await act(house, { command: 'addAdmin', user: 'ann', params: { role: 'readOnly', expires } });
    const record = await act(house, { command: 'removeAdmin', user: 'ann' });
    now = new Date(now.getTime() + 120_000);
    const refusal = await house.refused('boss', revert(record));
    expect(refusal).toMatchObject({ reason: 'record_not_revertible', message: expect.stringContaining('as it was') });
  });
});

describe('the table of inverses', () => {
  it('has every collection whose changes are recorded, each once', async () => {
    await using house = await openHouse();
    const bookkeeping = new Set(BOOKKEEPING.map(({ collection }) => collection));
    // Only the service itself changes these, in records that nobody reverts.
    const own = ['auditKey', 'imports', 'loginKey', 'loadedPolicy'];
    const all = (await house.database.db.listCollections().toArray()).map(({ name }) => name);
    const expected = all.filter((name) => !bookkeeping.has(name) && !own.includes(name));
    const names = INVERSES.map(({ of }) => of.name);
    expect(names.filter((name) => !bookkeeping.has(name)).toSorted()).toEqual(expected.toSorted());
    expect(new Set(names).size).toBe(names.length);
  });
});

/** What a change of this kind says before it is made. */
const said = (collection: string, change: object) =>
  whyNotRevertible([{ collection, id: collection === 'workspaces' ? 'ws1' : 'x', ...change } as Change]);

describe('what cannot be reverted says so before anything happens', () => {
  it.each(INVERSES.map((rule) => [rule.of.name, rule] as const))('in %s', (collection, rule) => {
    const { inserted, removed, fields, otherwise } = rule;
    const isKept = inserted === KEPT;
    if (isKept || 'never' in inserted) {
      expect(said(collection, { op: 'insert', after: {} })).toBe(isKept ? otherwise : inserted.never);
    }
    if (removed !== KEPT && 'never' in removed) {
      expect(said(collection, { op: 'remove', before: {} })).toBe(removed.never);
    }
    if (isKept) return;
    const update = (path: string) => said(collection, { op: 'update', fields: [{ path, after: 1 }] });
    for (const [field, how] of Object.entries(fields)) {
      expect(update(field)).toBe(typeof how === 'object' && how !== null && 'never' in how ? how.never : undefined);
    }
    expect(update('another')).toBe(otherwise ?? `no command changes the field another in the collection ${collection}`);
  });

  it('in sentences that go on after a colon', () => {
    const nevers = INVERSES.flatMap(({ inserted, removed, otherwise, fields }) =>
      [inserted, removed, ...Object.values(fields), ...(otherwise === undefined ? [] : [{ never: otherwise }])].flatMap(
        (how) => (typeof how === 'object' && 'never' in how ? [how.never] : []),
      ),
    );
    expect(nevers.length).toBeGreaterThan(20);
    for (const sentence of nevers) expect(sentence).toMatch(/^[a-z].* .*[^.]$/);
  });
});

/** The state without the workspaces that are new and deleted: so is one whose creation was reverted. */
function withoutDeleted(state: Record<string, unknown>, before: Record<string, unknown>): Record<string, unknown> {
  const isNew = ([place, document]: [string, unknown]) =>
    place.startsWith('workspaces/') && !(place in before) && (document as { deleted?: boolean }).deleted === true;
  return Object.fromEntries(Object.entries(state).filter((entry) => !isNew(entry)));
}

/** In houses of a few hundred commands each, since comparing all that a house has takes longer the more it has. */
const [HOUSES, IN_EACH] = LONG ? [25, 200] : [1, 20];

it(`takes back ${HOUSES * IN_EACH} random commands: apply then revert is the identity`, {
  timeout: 3_600_000,
}, async () => {
  const counts = { reverted: 0, refused: 0, failed: 0 };
  for (let n = 0; n < HOUSES; n += 1) {
    await using house = await peopledHouse();
    const options = { numRuns: IN_EACH, ...(LONG ? {} : { seed: 8 }) };
    for (const command of fc.sample(randomCommand, options)) counts[await takenBack(house, command)] += 1;
  }
  expect(counts.reverted).toBeGreaterThan((HOUSES * IN_EACH) / 10);
  expect(counts.refused).toBeGreaterThan((HOUSES * IN_EACH) / 40);
});

type State = Record<string, unknown>;

/** Whether a private workspace that is locked was made public: KBase has no way back from that, but to unlock it. */
function openedWhileLocked(before: State, after: State): boolean {
  const isOpen = (state: State, place: string) => (state[place] as { visibility?: string })?.visibility === 'public';
  return Object.entries(before).some(
    ([place, document]) =>
      place.startsWith('workspaces/') &&
      (document as { locked?: boolean }).locked === true &&
      !isOpen(before, place) &&
      isOpen(after, place),
  );
}

/** Why a revert is refused although its dry run was silent: there is nothing to take back, or revertJob takes it back. */
const UNSAID = /it changed nothing|is as it was before|reverted with revertJob/;

/** Gives the command and reverts its record, or finds that nothing changed by a revert that is refused. */
async function takenBack(house: TestHouse, command: object): Promise<'reverted' | 'refused' | 'failed'> {
  const before = await stateOf(house);
  const dry = await house.administer('boss', { ...command, dryRun: true }).catch(() => undefined);
  const answer = await house.administer('boss', command).catch(() => undefined);
  if (answer === undefined) return 'failed';
  const { notRevertible } = (dry?.result ?? {}) as { notRevertible?: string };
  const after = await stateOf(house);
  const { record } = (answer as unknown as { receipt: { record: string } }).receipt;
  const undone = await house
    .administer('boss', revert(record))
    .catch((error) => error as { reason: string; message: string });
  if ('reason' in undone) {
    // What belonged to a closed account does not go back to it, and a locked workspace that was opened stays open.
    const reasons = ['record_not_revertible', 'recipient_unfit'];
    if (openedWhileLocked(before, after)) reasons.push('workspace_locked');
    expect(reasons, `${JSON.stringify(command)}: ${undone.message}`).toContain(undone.reason);
    if (notRevertible !== undefined) expect(undone).toMatchObject({ message: expect.stringContaining(notRevertible) });
    else if (undone.reason === 'record_not_revertible') expect(undone.message).toMatch(UNSAID);
    expect(await stateOf(house)).toEqual(after);
    return 'refused';
  }
  expect(notRevertible).toBeUndefined();
  expect(withoutDeleted(await stateOf(house), before)).toEqual(before);
  // So that the next one begins elsewhere. The name of a new workspace stays taken by the deleted one.
  await act(house, command).catch(({ reason }) => expect(reason).toBe('workspace_name_taken'));
  return 'reverted';
}
