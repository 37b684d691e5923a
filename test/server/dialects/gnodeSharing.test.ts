import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTurn, spread } from '../../support/long.ts';
import { type GnodePortal, openGnodePortal } from './gnodeUsers.ts';

/** Sharing in the G-Node portal: an ACL can be sent back as it was read, and nothing that is sent is silently ignored. */

let gnode: GnodePortal;
const { bob, rea, wim } = { bob: 'bob', rea: 'rea', wim: 'wim' };
beforeAll(async () => {
  gnode = await openGnodePortal([bob, rea, wim, 'xena']);
});
afterAll(() => gnode.portal[Symbol.asyncDispose]());

let count = 0;
/** A user with whom an object is shared, and who is then disabled, closed, or deleted before the first sign-in. */
async function shareWithLeaver(path: string, level: number, leave: 'disableUser' | 'deleteUser'): Promise<string> {
  const name = `leaver${++count}`;
  const { id } = await gnode.portal.run('addUser', undefined, name);
  const { shared_with } = await gnode.acl(path);
  expect((await gnode.setAcl(bob, path, { shared_with: { ...shared_with, [id]: level } })).status).toBe(200);
  await gnode.portal.run(leave, undefined, name);
  return id;
}

describe('an ACL that was read', () => {
  it('can be sent back if listed users were disabled or closed, who keep their rights', async () => {
    const { path } = await gnode.make('block');
    await gnode.setAcl(bob, path, { safety_level: 2, shared_with: { rea: 1 } });
    await shareWithLeaver(path, 1, 'disableUser');
    await shareWithLeaver(path, 2, 'disableUser');
    await shareWithLeaver(path, 1, 'deleteUser');
    await shareWithLeaver(path, 2, 'deleteUser');
    const read = (await gnode.as(bob, 'GET', `${path}acl/`)).body;
    expect(Object.keys(read.shared_with)).toHaveLength(5);
    const queries = inTurn(['', '?cascade=true', '?notify=true'], 2);
    for (const verb of ['POST', 'PUT']) {
      for (const query of queries()) {
        const reply = await gnode.as(bob, verb, `${path}acl/${query}`, { body: read });
        expect([reply.status, reply.body]).toEqual([200, read]);
        expect(await gnode.acl(path)).toEqual({ safety_level: 2, shared_with: read.shared_with });
      }
    }
    const mass = `/electrophysiology/block/acl/?id__in=[${path.split('/')[3]}]&bulk_update=1`;
    const many = await gnode.as(bob, 'POST', mass, { body: read });
    expect([many.status, many.body.selected[0].fields.shared_with]).toEqual([200, read.shared_with]);
  });

  it('can be sent back with one user more, one less, or a former user left out or lowered', async () => {
    const { path } = await gnode.make('block');
    const disabled = await shareWithLeaver(path, 2, 'disableUser');
    const closed = await shareWithLeaver(path, 2, 'deleteUser');
    const { shared_with } = await gnode.acl(path);
    const set = (users: object) => gnode.setAcl(bob, path, { shared_with: users });
    await set({ ...shared_with, rea: 1 });
    expect((await gnode.acl(path)).shared_with).toEqual({ ...shared_with, [gnode.idOf(rea)]: 1 });
    await set({ [disabled]: 1, [closed]: 2 });
    expect((await gnode.acl(path)).shared_with).toEqual({ [disabled]: 1, [closed]: 2 });
    await set({ [closed]: 1 });
    expect((await gnode.acl(path)).shared_with).toEqual({ [closed]: 1 });
    await set({});
    expect((await gnode.acl(path)).shared_with).toEqual({});
  });

  it('gives disabled and former users no new rights: not here, not on another object, and not by a cascade', async () => {
    const { path, native } = await gnode.make('block');
    const inner = await gnode.make('segment', bob, { parents: [native] });
    const other = await gnode.make('block');
    const disabled = await shareWithLeaver(path, 1, 'disableUser');
    const closed = await shareWithLeaver(path, 1, 'deleteUser');
    for (const id of [disabled, closed]) {
      for (const [at, level] of [
        [path, 2],
        [other.path, 1],
        [inner.path, 1],
      ] as const) {
        const before = await gnode.acl(at);
        const reply = await gnode.setAcl(bob, at, { safety_level: 1, shared_with: { rea: 2, [id]: level } });
        expect([reply.status, reply.body.message_type]).toEqual([400, 'post_data_invalid']);
        expect(reply.body.details).toBe(`Wrong user data. User "${id}" is disabled or closed, and is given nothing.`);
        expect(await gnode.acl(at)).toEqual(before);
      }
      const mass = `/electrophysiology/block/acl/?id__in=[${path.split('/')[3]},${other.name}]&bulk_update=1`;
      const many = await gnode.as(bob, 'POST', mass, { body: { shared_with: { [id]: 1 } } });
      expect([many.status, many.body.details]).toEqual([400, expect.stringContaining(id)]);
    }
    const read = await gnode.acl(path);
    expect((await gnode.setAcl(bob, path, { ...read, safety_level: 1 }, '?cascade=true')).status).toBe(200);
    expect(await gnode.acl(path)).toEqual({ ...read, safety_level: 1 });
    expect(await gnode.acl(inner.path)).toEqual({ safety_level: 1, shared_with: {} });
  });

  it('does not reveal its users in errors to callers who may not share', async () => {
    const { path } = await gnode.make('block');
    const id = await shareWithLeaver(path, 1, 'disableUser');
    const mass = `/electrophysiology/block/acl/?id__in=[${path.split('/')[3]}]&bulk_update=1`;
    for (const user of [id, 'nobody', rea]) {
      const body = { shared_with: { [user]: 1 } };
      expect((await gnode.setAcl('xena', path, body)).status).toBe(403);
      expect((await gnode.as('xena', 'POST', mass, { body })).status).toBe(403);
    }
  });

  it('keeps a higher right from another interface, which shows as 2', async () => {
    const { path, native } = await gnode.make('block');
    const inner = await gnode.make('segment', bob, { parents: [native] });
    const grants = [{ accountType: 'User', account: 'wim', level: 'admin' }];
    await gnode.portal.run('setAcl', { id: native, mode: 'merge', grants });
    const read = await gnode.acl(path);
    expect(read.shared_with).toEqual({ [gnode.idOf(wim)]: 2 });
    await gnode.setAcl(bob, path, read, '?cascade=true');
    const levels = async (id: string) =>
      (await gnode.portal.run('getAcl', { id })).grants.map(({ level }: { level: string }) => level);
    expect([await levels(native), await levels(inner.native)]).toEqual([['admin'], ['write']]);
    await gnode.setAcl(bob, path, { shared_with: { wim: 1 } });
    expect(await levels(native)).toEqual(['read']);
  });

  it('does not exist for objects without permissions of their own', async () => {
    const section = await gnode.make('section');
    const owners = undefined;
    const property = await gnode.make('property', bob, { parents: [section.native], owners });
    for (const verb of ['GET', 'POST', 'PUT']) {
      const reply = await gnode.as(bob, verb, `${property.path}acl/`, verb === 'GET' ? {} : { body: {} });
      expect([reply.status, reply.body.message_type]).toEqual([404, 'does_not_exist']);
      expect(reply.body.details).toContain('the permissions of its parent');
    }
    expect((await gnode.as(bob, 'GET', property.path)).status).toBe(200);
  });
});

describe('a user who is refused', () => {
  it('is named, with all others, however the caller named them', async () => {
    const { path } = await gnode.make('block');
    await gnode.portal.run('addUser', undefined, 'dora');
    await gnode.portal.run('disableUser', undefined, 'dora');
    const reply = await gnode.setAcl(bob, path, { shared_with: { nobody: 1, dora: 2, rea: 1, '999': 1, wim: 'no' } });
    expect(reply.body.details).toBe('Wrong user data. Provided access level for the user ID "wim" is not valid: "no".');
    const unknown = await gnode.setAcl(bob, path, { shared_with: { nobody: 1, dora: 2, rea: 1, '999': 1 } });
    for (const name of ['"nobody"', '"dora"', '"999"']) expect(unknown.body.details).toContain(name);
    expect(unknown.body.details).not.toContain('rea');
    const twice = await gnode.setAcl(bob, path, { shared_with: { rea: 1, [gnode.idOf(rea)]: 2 } });
    expect(twice.body).toMatchObject({ message_type: 'post_data_invalid' });
    expect(twice.body.details).toContain(`"rea" and "${gnode.idOf(rea)}" are one user.`);
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`nobody${i}`, 1]));
    expect((await gnode.setAcl(bob, path, { shared_with: many })).body.details).toMatch(/ 40 more are refused\.$/);
    expect((await gnode.acl(path)).shared_with).toEqual({});
  });
});

describe('a sent ACL', () => {
  it('may have a level as a number, a text, or a part of its word in any case', async () => {
    const { path } = await gnode.make('block');
    for (const [sent, level] of [
      [1, 1],
      ['1', 1],
      [' 1 ', 1],
      ['read', 1],
      ['READ-ONLY', 1],
      [2, 2],
      ['2', 2],
      ['edit', 2],
      ['Edit', 2],
    ] as const) {
      const reply = await gnode.setAcl(bob, path, { shared_with: { rea: sent } });
      expect([reply.status, reply.body.shared_with]).toEqual([200, { rea: level }]);
      expect((await gnode.acl(path)).shared_with).toEqual({ [gnode.idOf(rea)]: level });
    }
    for (const [sent, level] of [
      [1, 1],
      ['2', 2],
      [' 3 ', 3],
      ['01', 1],
      [2.0, 2],
      [null, 2],
    ] as const) {
      const reply = await gnode.setAcl(bob, path, { safety_level: sent });
      expect([reply.status, reply.body.safety_level]).toEqual([200, level]);
    }
    for (const sent of [0, 4, -1, 1.5, '', '0', '4', '1.0', 'public', true, false, {}, [2]]) {
      const reply = await gnode.setAcl(bob, path, { safety_level: sent });
      expect([reply.status, reply.body.message_type, reply.body.details]).toEqual([
        ...[400, 'post_data_invalid'],
        `Provided safety level is not valid: ${JSON.stringify(sent)}`,
      ]);
    }
  });

  it('may be the value of the key fields', async () => {
    const { path } = await gnode.make('block');
    const reply = await gnode.setAcl(bob, path, { fields: { safety_level: 1, shared_with: { wim: 2 } } });
    expect(reply.body).toMatchObject({ safety_level: 1, shared_with: { wim: 2 } });
    const updated = await gnode.as(bob, 'POST', path, { body: { fields: { name: 'within', index: 7 } } });
    expect(updated.body.selected[0].fields).toMatchObject({ name: 'within', index: 7 });
    const wrong = await gnode.setAcl(bob, path, { fields: [1] });
    expect([wrong.status, wrong.body.message_type]).toEqual([400, 'data_parsing_error']);
  });
});

describe('cascade', () => {
  it('has two names, and every spelling of true and false', async () => {
    const { path, native } = await gnode.make('block');
    const inner = await gnode.make('segment', bob, { parents: [native] });
    const deep = await gnode.make('spiketrain', bob, { parents: [inner.native] });
    const levels = async () => [(await gnode.acl(inner.path)).safety_level, (await gnode.acl(deep.path)).safety_level];
    const on = [
      ...['cascade=true', 'cascade=True', 'cascade=TRUE', 'cascade=1', 'cascade=2', 'cascade=-1', 'cascade=01'],
      ...['cascade=t', 'cascade=yes', 'cascade=on', 'cascade=%201', 'cascade=false&cascade=true'],
      ...['recursive=true', 'recursive=1', 'recursive=True', 'recursive=true&cascade=1'],
    ];
    for (const query of spread(on, 6)) {
      await gnode.setAcl(bob, path, { safety_level: 3 }, '?cascade=1');
      expect((await gnode.setAcl(bob, path, { safety_level: 1 }, `?${query}`)).status).toBe(200);
      expect([query, await levels()]).toEqual([query, [1, 1]]);
    }
    await gnode.setAcl(bob, path, { safety_level: 3 }, '?cascade=1');
    const off = [
      ...['', 'cascade=false', 'cascade=False', 'cascade=0', 'cascade=00', 'cascade=no', 'cascade=off', 'cascade=f'],
      ...['recursive=false', 'recursive=0', 'cascade=true&cascade=0', 'recursive=0&cascade=0'],
    ];
    for (const query of spread(off, 4)) {
      expect((await gnode.setAcl(bob, path, { safety_level: 1 }, `?${query}`)).status).toBe(200);
      expect([query, await levels()]).toEqual([query, [3, 3]]);
    }
  });

  it('with an invalid value changes nothing, nor does an unknown parameter', async () => {
    const { path } = await gnode.make('block');
    for (const query of [
      ...['cascade', 'cascade=', 'cascade=zz', 'cascade=1.5', 'recursive=maybe', 'recursive=true&cascade=false'],
      ...['recursve=true', 'Cascade=true', 'cascade[]=1', 'notify=', 'mode=all'],
    ]) {
      const reply = await gnode.setAcl(bob, path, { safety_level: 1 }, `?${query}`);
      expect([query, reply.status, reply.body.message_type]).toEqual([query, 400, 'wrong_params']);
    }
    const unknown = await gnode.setAcl(bob, path, { safety_level: 1 }, '?recursve=true');
    expect(unknown.body.details).toBe(
      'There is no parameter recursve here: there are cascade, recursive, notify, mode',
    );
    expect((await gnode.acl(path)).safety_level).toBe(3);
  });

  it('reaches the nested types of each type of the portal', async () => {
    for (const [type, children] of [
      ['section', ['section', 'block', 'datafile']],
      ['block', ['segment', 'recordingchannelgroup']],
      ['segment', ['analogsignal', 'irsaanalogsignal', 'analogsignalarray', 'spiketrain', 'spike']],
      ['segment', ['event', 'eventarray', 'epoch', 'epocharray']],
      ['eventarray', ['event']],
      ['epocharray', ['epoch']],
      ['recordingchannelgroup', ['recordingchannel', 'unit', 'analogsignalarray']],
      ['recordingchannel', ['unit', 'analogsignal', 'irsaanalogsignal']],
      ['unit', ['spiketrain', 'spike']],
      ['analogsignalarray', ['analogsignal']],
    ] as const) {
      const root = await gnode.make(type);
      const below: string[] = [];
      for (const child of children) below.push((await gnode.make(child, bob, { parents: [root.native] })).path);
      await gnode.setAcl(bob, root.path, { safety_level: 2, shared_with: { rea: 2 } }, '?cascade=true');
      for (const path of below) {
        expect([type, path, await gnode.acl(path)]).toEqual([
          ...[type, path],
          { safety_level: 2, shared_with: { [gnode.idOf(rea)]: 2 } },
        ]);
      }
    }
  });

  it('by its other name also reaches the nested objects of many objects', async () => {
    const { native, name } = await gnode.make('block');
    const inner = await gnode.make('segment', bob, { parents: [native] });
    const mass = `/electrophysiology/block/acl/?id__in=[${name}]&bulk_update=1&recursive=True`;
    expect((await gnode.as(bob, 'POST', mass, { body: { safety_level: 1 } })).status).toBe(200);
    expect((await gnode.acl(inner.path)).safety_level).toBe(1);
  });
});
