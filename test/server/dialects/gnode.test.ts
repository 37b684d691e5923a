import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withApp } from './authenticator.ts';
import { type GnodePortal, openGnodePortal } from './gnodeUsers.ts';
import type { Ask, Portal, PortalReply } from './portal.ts';

/** The G-Node portal, "Manage permissions" (G-Node/g-node-portal, docs), and the login of its clients. */

const PASSWORD = 'a password';

let gnode: GnodePortal;
let portal: Portal;
/** The owner bob, a reader, a writer, a friend of bob, and an unrelated user. */
beforeAll(async () => {
  gnode = await openGnodePortal(['bob', 'rea', 'wim', 'fred', 'xena']);
  portal = gnode.portal;
  await portal.run('addFriend', { user: 'bob', friend: 'fred' });
  await portal.run('addFriend', { user: 'fred', friend: 'bob' });
});
afterAll(() => portal[Symbol.asyncDispose]());

const login = (username: string, password = PASSWORD) => gnode.login(username, password);
const as = (who: string, verb: string, path: string, ask: Ask = {}) => gnode.as(who, verb, path, ask);
const id = (name: string) => gnode.idOf(name);
const setAcl = (who: string, path: string, body: unknown, query = '') => gnode.setAcl(who, path, body, query);
const acl = (path: string) => gnode.acl(path);

let count = 0;
const block = (owner = 'bob', more: object = {}) => gnode.make('block', owner, more);
const segment = async (parent: string, owner = 'bob') =>
  (await gnode.make('segment', owner, { parents: [parent] })).path;

function expectRefused(reply: PortalReply, status: number, type: string, details?: string): void {
  expect([reply.status, reply.body.message_type]).toEqual([status, type]);
  if (details !== undefined) expect(reply.body.details).toBe(details);
  expect(reply.headers.get('g-node-version')).toBe('1.0');
}

describe('a session', () => {
  it('begins with a form, and is kept in a cookie that scripts cannot read', async () => {
    const reply = await login('bob');
    expect(reply.status).toBe(202);
    expect(reply.headers.get('set-cookie')).toMatch(
      /^sessionid=[\w-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax$/,
    );
    expect(reply.body).toMatchObject({ logged_in_as: expect.stringMatching(/^\/profiles\/profile\/\d+$/) });
    expect(reply.body.logged_in_as).toBe(gnode.profileOf('bob'));
    const stored = JSON.stringify(await portal.contents('sessions'));
    expect(stored).not.toContain(gnode.cookieOf('bob').split('=')[1]);
  });

  it('ends at logout, and no other session does', async () => {
    const { path } = await block();
    const another = ((await login('bob')).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const headers = { cookie: another };
    expect((await portal.ask('GET', path, { headers })).status).toBe(200);
    const out = await portal.ask('GET', '/account/logout/', { headers });
    expect(out.status).toBe(200);
    expect(out.headers.get('set-cookie')).toMatch(/^sessionid=; Path=\/; Max-Age=0;/);
    expectRefused(await portal.ask('GET', path, { headers }), 401, 'not_authenticated');
    expect((await as('bob', 'GET', path)).status).toBe(200);
  });

  it('ends with the password, and when the account is disabled or closed', async () => {
    const { path } = await block();
    await setAcl('bob', path, { safety_level: 1 });
    for (const end of ['setPassword', 'disableUser', 'deleteUser']) {
      const name = `gone${++count}`;
      await portal.run('addUser', undefined, name);
      await portal.run('setPassword', { password: PASSWORD }, name);
      const headers = { cookie: ((await login(name)).headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
      expect((await portal.ask('GET', path, { headers })).status).toBe(200);
      await portal.run(end, end === 'setPassword' ? { password: 'another' } : undefined, name);
      expectRefused(await portal.ask('GET', path, { headers }), 401, 'not_authenticated');
      expect((await login(name)).status).toBe(401);
    }
  });

  it('needs the code of an authenticator app too if the account has one, which is good once', async () => {
    const name = `coded${++count}`;
    await portal.run('addUser', undefined, name);
    await portal.run('setPassword', { password: PASSWORD }, name);
    const { code } = await withApp(portal, name, PASSWORD);
    const details = 'This account has an authenticator app: its code is needed too';
    expectRefused(await login(name), 401, 'not_authenticated', details);
    const totp = code();
    expect((await gnode.login(name, PASSWORD, { totp })).status).toBe(202);
    expectRefused(await gnode.login(name, PASSWORD, { totp }), 401, 'not_authenticated');
  });

  it('needs the right password; whatever is wrong, the answer is the same', async () => {
    const bad = await login('bob', 'wrong');
    expectRefused(bad, 401, 'not_authenticated');
    expect(bad.body.message).toBe('Invalid credentials');
    await portal.run('createStaff', { username: 'librarian', password: PASSWORD });
    await portal.meet('boss');
    for (const name of ['nobody', 'boss', 'librarian', '']) expect((await login(name)).text).toBe(bad.text);
    expect((await portal.ask('GET', '/account/authenticate/')).status).toBe(405);
  });

  it('is not accepted anywhere else, and no other credential is accepted here', async () => {
    const { path } = await block();
    const cookie = gnode.cookieOf('bob');
    const value = cookie.split('=')[1] ?? '';
    for (const authorization of [value, `Bearer ${value}`, `JWT ${value}`]) {
      const rpc = await portal.ask('POST', '/', {
        body: { jsonrpc: '2.0', method: 'Resource.list', params: {}, id: 1 },
        headers: { authorization, cookie },
      });
      expect(rpc.body.error.data.reason).toBe('token_invalid');
      expect((await portal.ask('GET', '/auth/staff', { headers: { authorization, cookie } })).status).toBe(401);
      const oracle = await portal.ask('GET', '/api/20210901/catalog/folders', { headers: { authorization, cookie } });
      expect(oracle.status).toBe(401);
    }
    const token = portal.tokenOf('boss');
    for (const headers of [
      { authorization: token },
      { authorization: `Bearer ${token}` },
      { authorization: `JWT ${token}` },
      { cookie: `sessionid=${token.slice(0, 40).replaceAll('.', '-')}` },
      { cookie: 'sessionid=' },
      { cookie: 'xsessionid=a' },
    ]) {
      expectRefused(await portal.ask('GET', path, { headers }), 401, 'not_authenticated');
    }
  });

  it('of a browser cannot be used by pages of other sites', async () => {
    const { path } = await block();
    const before = await acl(path);
    for (const origin of ['https://evil.example.org', 'null', `${portal.url}.evil.example.org`]) {
      const reply = await as('bob', 'POST', `${path}acl/`, { body: { safety_level: 1 }, headers: { origin } });
      expectRefused(reply, 403, 'not_authorized');
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const headers = { 'content-type': type };
      const reply = await as('bob', 'POST', `${path}acl/`, { body: { safety_level: 1 }, headers });
      expectRefused(reply, 400, 'data_parsing_error');
    }
    expect(await acl(path)).toEqual(before);
    const own = await as('bob', 'POST', `${path}acl/`, {
      body: { safety_level: 1 },
      headers: { origin: portal.url, 'content-type': 'application/json; charset=utf-8' },
    });
    expect(own.status).toBe(200);
  });
});

describe('GET …/acl/', () => {
  it('answers as documented, with users by their ids', async () => {
    const { path } = await block();
    await setAcl('bob', path, { safety_level: 2, shared_with: { rea: 1, wim: 2 } });
    const reply = await as('bob', 'GET', `${path}acl/`);
    expect([reply.status, reply.body]).toEqual([
      200,
      {
        message: 'Here is the list of requested objects.',
        logged_in_as: gnode.profileOf('bob'),
        message_type: 'object_selected',
        safety_level: 2,
        shared_with: { [id('rea')]: 1, [id('wim')]: 2 },
      },
    ]);
    expect(reply.headers.get('g-node-version')).toBe('1.0');
  });

  it('is for the owner', async () => {
    const { path } = await block();
    await setAcl('bob', path, { safety_level: 1, shared_with: { rea: 1, wim: 2 } });
    for (const who of ['rea', 'wim', 'fred', 'xena']) {
      for (const verb of ['GET', 'POST', 'PUT']) {
        const ask = verb === 'GET' ? {} : { body: { shared_with: { [who]: 2 } } };
        expectRefused(await as(who, verb, `${path}acl/`, ask), 403, 'not_authorized');
      }
    }
    expectRefused(await portal.ask('GET', `${path}acl/`), 401, 'not_authenticated');
    expectRefused(await portal.ask('POST', `${path}acl/`, { body: {} }), 401, 'not_authenticated');
  });

  it('says that an object does not exist', async () => {
    for (const path of ['/electrophysiology/block/NOPE/acl/', '/electrophysiology/gadget/1/acl/']) {
      expectRefused(await as('bob', 'GET', path), 404, 'does_not_exist');
      expectRefused(await as('bob', 'POST', path, { body: { safety_level: 1 } }), 404, 'does_not_exist');
    }
    expectRefused(await as('bob', 'DELETE', '/electrophysiology/block/NOPE/acl/'), 405, 'invalid_method');
  });
});

describe('POST …/acl/', () => {
  it('shares, and answers with what was sent, however users were named', async () => {
    const { path } = await block();
    const number = (name: string) => gnode.profileOf(name).split('/').at(-1) ?? '';
    for (const shared of [
      { [id('rea')]: 1, [id('wim')]: 2 },
      { rea: 1, wim: 2 },
      { [number('rea')]: 1, [number('wim')]: 2 },
    ]) {
      for (const verb of ['POST', 'PUT']) {
        const reply = await as('bob', verb, `${path}acl/`, { body: { safety_level: 1, shared_with: shared } });
        expect(reply.body).toMatchObject({ message_type: 'object_selected', safety_level: 1 });
        expect(reply.body.shared_with).toEqual(shared);
        expect(await acl(path)).toEqual({ safety_level: 1, shared_with: { [id('rea')]: 1, [id('wim')]: 2 } });
      }
    }
  });

  it('accepts quoted values, as in the documentation, and words', async () => {
    const { path } = await block();
    const quoted = await setAcl('bob', path, { safety_level: '2', shared_with: { rea: '1', wim: '2' } });
    expect(quoted.body).toMatchObject({ safety_level: 2, shared_with: { rea: 1, wim: 2 } });
    const words = await setAcl('bob', path, { shared_with: { rea: 'Read-only', wim: 'Edit' } });
    expect(words.body.shared_with).toEqual({ rea: 1, wim: 2 });
  });

  it('restores earlier permissions', async () => {
    const { path } = await block();
    await setAcl('bob', path, { safety_level: 2, shared_with: { rea: 1 } });
    const old = await acl(path);
    await setAcl('bob', path, { safety_level: 1, shared_with: { wim: 2 } });
    expect((await setAcl('bob', path, old)).body).toMatchObject(old);
    expect(await acl(path)).toEqual(old);
  });

  it('replaces what is sent, and keeps the rest', async () => {
    const { path, native } = await block();
    await setAcl('bob', path, { shared_with: { rea: 1, wim: 2 } });
    expect((await setAcl('bob', path, { safety_level: 2 })).status).toBe(200);
    expect(await acl(path)).toEqual({ safety_level: 2, shared_with: { [id('rea')]: 1, [id('wim')]: 2 } });
    await setAcl('bob', path, {});
    expect((await acl(path)).safety_level).toBe(2);
    await portal.run('createRole', { name: `lab${count}`, members: ['xena'] });
    const grants = [{ accountType: 'ApplicationRole', account: `lab${count}`, level: 'read' }];
    await portal.run('setAcl', { id: native, mode: 'merge', grants });
    await setAcl('bob', path, { shared_with: { fred: 1 } });
    expect((await acl(path)).shared_with).toEqual({ [id('fred')]: 1 });
    expect((await as('xena', 'GET', path)).status).toBe(200);
    await setAcl('bob', path, { shared_with: {} });
    expect((await acl(path)).shared_with).toEqual({});
  });

  it('refuses invalid values, and changes nothing', async () => {
    const { path } = await block();
    await setAcl('bob', path, { safety_level: 2, shared_with: { rea: 1 } });
    const before = await acl(path);
    const users = 'Wrong user data.';
    const level = (sent: string) => `Provided access level for the user ID "rea" is not valid: ${sent}.`;
    for (const [body, type, details] of [
      [{ shared_with: { rea: 7 } }, 'post_data_invalid', `${users} ${level('7')}`],
      [{ shared_with: { rea: true } }, 'post_data_invalid', `${users} ${level('true')}`],
      [{ shared_with: { rea: '' } }, 'post_data_invalid', `${users} ${level('""')}`],
      [{ shared_with: { rea: 'e' } }, 'post_data_invalid', `${users} ${level('"e"')}`],
      [{ shared_with: { rea: 2, nobody: 1 } }, 'post_data_invalid', `${users} There is no user "nobody".`],
      [{ shared_with: { $ne: 1 } }, 'post_data_invalid', `${users} There is no user "$ne".`],
      [{ shared_with: ['rea'] }, 'post_data_invalid', users],
      [{ shared_with: null }, 'post_data_invalid', users],
      [{ safety_level: 9, shared_with: {} }, 'post_data_invalid', 'Provided safety level is not valid: 9'],
      [{ safety_level: 7 }, 'post_data_invalid', 'Provided safety level is not valid: 7'],
      [{ safety_level: [1] }, 'post_data_invalid', 'Provided safety level is not valid: [1]'],
      ['{bad', 'data_parsing_error'],
      ['[]', 'data_parsing_error'],
      ['{"shared_with":{"rea":1,"rea":2}}', 'data_parsing_error'],
    ] as const) {
      expectRefused(await setAcl('bob', path, body), 400, type, details);
    }
    for (const query of ['?cascade=zz', '?cascade=', '?notify=maybe', '?mode=all']) {
      expectRefused(await setAcl('bob', path, { safety_level: 1 }, query), 400, 'wrong_params');
    }
    expect(await acl(path)).toEqual(before);
    expect((await setAcl('bob', path, {}, '?notify=true')).status).toBe(200);
  });
});

describe('a cascade', () => {
  it('reaches nested objects on request', async () => {
    const { path, native } = await block();
    const inner = await segment(native);
    const body = { safety_level: 1, shared_with: { wim: 2 } };
    for (const query of ['', '?cascade=false', '?cascade=0']) {
      await setAcl('bob', path, body, query);
      expect(await acl(inner)).toEqual({ safety_level: 3, shared_with: {} });
    }
    expect((await setAcl('bob', path, body, '?cascade=true')).body.shared_with).toEqual({ wim: 2 });
    expect(await acl(inner)).toEqual({ safety_level: 1, shared_with: { [id('wim')]: 2 } });
    await setAcl('bob', path, { safety_level: 3, shared_with: {} }, '?cascade=1');
    expect(await acl(inner)).toEqual({ safety_level: 3, shared_with: {} });
  });

  it('that reaches an object of somebody else changes nothing; with mode=ignore it changes the others', async () => {
    const { path, native } = await block();
    const [own, foreign] = [await segment(native), await segment(native, 'xena')];
    const refused = await setAcl('bob', path, { safety_level: 1 }, '?cascade=true');
    expectRefused(refused, 403, 'not_authorized');
    expect((await acl(path)).safety_level).toBe(3);
    expect((await acl(own)).safety_level).toBe(3);
    expect((await setAcl('bob', path, { safety_level: 1 }, '?cascade=true&mode=ignore')).status).toBe(200);
    expect((await acl(own)).safety_level).toBe(1);
    expect((await as('xena', 'GET', `${foreign}acl/`)).body.safety_level).toBe(3);
  });
});

describe('with notify=true', () => {
  const notices = async (who: string) => {
    const body = { jsonrpc: '2.0', method: 'Workspace.list_notices', params: {}, id: 1 };
    const reply = await portal.ask('POST', '/', { body, headers: { authorization: portal.tokenOf(who) } });
    return reply.body.result.notices.map(({ by, text }: { by: string; text: string }) => `${by}: ${text}`);
  };

  it('users are notified of what is shared with them, and of nothing else', async () => {
    await portal.meet('nora', 'nils');
    const { path, native, name } = await block();
    const inner = await segment(native);
    await setAcl('bob', path, { shared_with: { nora: 1 } });
    await setAcl('bob', path, { shared_with: { nora: 1 } }, '?notify=true');
    await setAcl('bob', path, { safety_level: 1 }, '?notify=true');
    expect(await notices('nora')).toEqual([]);
    await setAcl('bob', path, { shared_with: { nora: 1, nils: 2 } }, '?cascade=true&notify=true');
    expect(await notices('nora')).toEqual([expect.stringContaining('bob: You now have a permission of your own on')]);
    expect(await notices('nils')).toEqual([expect.stringMatching(new RegExp(`${name}.* and 1 more below it`))]);
    expect(await acl(inner)).toMatchObject({ shared_with: { nora: 1, nils: 2 } });
    const other = await block();
    const refused = await as('xena', 'POST', `${other.path}acl/?notify=true`, { body: { shared_with: { nora: 2 } } });
    expectRefused(refused, 403, 'not_authorized');
    expect(await notices('nora')).toHaveLength(1);
    const mass = `/electrophysiology/block/acl/?id__in=[${other.name}]&bulk_update=1&notify=true`;
    await as('bob', 'POST', mass, { body: { shared_with: { nora: 1 } } });
    expect(await notices('nora')).toHaveLength(2);
  });
});

describe('many objects', () => {
  const mass = (query: string, body: unknown = { safety_level: 1, shared_with: { rea: 1 } }) =>
    as('bob', 'POST', `/electrophysiology/block/acl/${query}`, { body });

  it('are shared in the same way, all of them or none', async () => {
    const [one, two, foreign] = [await block(), await block(), await block('xena')];
    const both = `?id__in=[${one.name},${two.name}]&bulk_update=1`;
    const reply = await mass(both);
    const fields = { safety_level: 1, shared_with: { rea: 1 } };
    expect([reply.status, reply.body]).toMatchObject([
      200,
      {
        message_type: 'object_selected',
        objects_selected: 2,
        selected: [one, two].map(({ path }) => ({ permalink: path, fields })),
      },
    ]);
    const all = `?id__in=[${one.name},${foreign.name}]&bulk_update=1`;
    expectRefused(await mass(all, { safety_level: 3 }), 403, 'not_authorized');
    expect((await acl(one.path)).safety_level).toBe(1);
    const some = await mass(`${all}&mode=ignore`, { safety_level: 3 });
    expect(some.body.selected.map((s: { permalink: string }) => s.permalink)).toEqual([one.path]);
    expect((await acl(one.path)).safety_level).toBe(3);
  });

  it('must be named, and need bulk_update', async () => {
    const { name } = await block();
    for (const query of ['', '?bulk_update=1', `?id__in=[${name}]`, '?id__in=[]&bulk_update=1']) {
      expectRefused(await mass(query), 400, 'wrong_params');
    }
    expectRefused(await mass(`?id__in=[${name},NOPE]&bulk_update=1`), 404, 'does_not_exist');
  });
});

describe('an object', () => {
  it('shows its owner and safety level to readers, and its shares to the owner', async () => {
    const { path } = await block('bob', { data: { size: 7 } });
    await setAcl('bob', path, { safety_level: 2, shared_with: { rea: 1 } });
    const fields = {
      ...{ name: path.split('/')[3], size: 7, safety_level: 2, owner: gnode.profileOf('bob') },
      ...{ section: null, segment_set: [], recordingchannelgroup_set: [] },
    };
    const own = (await as('bob', 'GET', path)).body;
    expect(own).toMatchObject({ message_type: 'object_selected', objects_selected: 1, selected_range: [0, 0] });
    expect(own.selected).toEqual([
      {
        ...{ id: fields.name, permalink: path, location: path, model: 'block' },
        fields: { ...fields, shared_with: { [id('rea')]: 1 } },
      },
    ]);
    const read = (await as('rea', 'GET', path)).body;
    expect(read.selected[0].fields).toEqual({ ...fields, shared_with: null });
    expect(read.logged_in_as).toBe(gnode.profileOf('rea'));
  });

  it('is readable for everybody, for friends, or for nobody else, depending on its safety level', async () => {
    const { path } = await block();
    const read = async () =>
      Promise.all(['bob', 'rea', 'wim', 'fred', 'xena'].map(async (who) => (await as(who, 'GET', path)).status));
    for (const [level, statuses] of [
      [1, [200, 200, 200, 200, 200]],
      [2, [200, 200, 403, 200, 403]],
      [3, [200, 200, 403, 403, 403]],
    ] as const) {
      await setAcl('bob', path, { safety_level: level, shared_with: { rea: 1 } });
      expect(await read()).toEqual(statuses);
    }
    expectRefused(await portal.ask('GET', path), 401, 'not_authenticated');
  });

  it('is writable for users with share 2, and no safety level gives that', async () => {
    const { path, native } = await block();
    await setAcl('bob', path, { safety_level: 1, shared_with: { rea: 1, wim: 2 } });
    const write = (who: string) =>
      as(who, 'POST', path, { body: { name: `by ${who}`, owner: who, safety_level: 3, shared_with: {} } });
    for (const who of ['rea', 'fred', 'xena']) expectRefused(await write(who), 403, 'not_authorized');
    expect((await write('wim')).body.selected[0].fields).toMatchObject({ name: 'by wim', safety_level: 1 });
    expect((await portal.run('getResource', { id: native })).owners).toMatchObject([{ owner: 'bob' }]);
    const record = (await portal.records()).findLast((r) => r.command === 'Gnode.update_object');
    expect(record).toMatchObject({ via: 'method', authority: 'user', actor: { name: 'wim' } });
  });
});
