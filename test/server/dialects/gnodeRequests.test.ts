import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GnodePortal, openGnodePortal, type RawReply } from './gnodeUsers.ts';

/** Requests to the G-Node portal, of its Python client of 2013 and of others, and how they are refused. */

let gnode: GnodePortal;
beforeAll(async () => {
  gnode = await openGnodePortal(['bob', 'rea', 'wim', 'xena']);
});
afterAll(() => gnode.portal[Symbol.asyncDispose]());

const cookie = () => ({ cookie: gnode.cookieOf('bob') });

/** Every refusal has the shape of the system, and says what is wrong. */
function expectRefusal({ status, body }: Pick<RawReply, 'status' | 'body'>, want: readonly [number, string]): void {
  expect([status, body.message_type]).toEqual(want);
  expect(Object.keys(body)).toEqual(['message', 'message_type', 'logged_in_as', 'details']);
  expect([body.message, body.details]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
}

describe('a body without a Content-Type', () => {
  const share = (headers: Record<string, string>, path: string, verb = 'POST') =>
    gnode.raw(verb, `${path}acl/`, { body: '{"safety_level": 1}', headers: { ...cookie(), ...headers } });

  it('is accepted as JSON from a program, as the client of 2013 sends it', async () => {
    const { path } = await gnode.make('block');
    const client = { 'user-agent': 'python-requests/1.2.3 CPython/2.7.3 Linux/3.2.0', accept: '*/*' };
    for (const headers of [client, {}, { 'content-type': '' }]) {
      for (const verb of ['POST', 'PUT']) {
        await gnode.setAcl('bob', path, { safety_level: 3 });
        expect((await share(headers, path, verb)).status).toBe(200);
        expect((await gnode.acl(path)).safety_level).toBe(1);
      }
    }
    const named = await gnode.raw('POST', path, { body: '{"name": "by the client"}', headers: cookie() });
    expect(named.body.selected[0].fields.name).toBe('by the client');
  });

  it('is refused if anything shows a browser, which adds the cookie to requests of other sites’ pages', async () => {
    const { path } = await gnode.make('block');
    const here = gnode.portal.url;
    const mozilla = 'Mozilla/5.0 (X11; Linux x86_64; rv:24.0) Gecko/20100101 Firefox/24.0';
    for (const [headers, want] of [
      [{ origin: here }, [400, 'data_parsing_error']],
      [{ referer: `${here}/` }, [400, 'data_parsing_error']],
      [{ 'sec-fetch-site': 'same-origin' }, [400, 'data_parsing_error']],
      [{ 'sec-fetch-site': 'none' }, [400, 'data_parsing_error']],
      [{ 'sec-fetch-site': 'same-site' }, [400, 'data_parsing_error']],
      [{ 'user-agent': mozilla }, [400, 'data_parsing_error']],
      [{ 'user-agent': mozilla, 'content-type': '' }, [400, 'data_parsing_error']],
      [{ origin: 'null' }, [403, 'not_authorized']],
      [{ origin: 'https://evil.example.org' }, [403, 'not_authorized']],
      [{ origin: here.replace('http:', 'https:').replace('127.0.0.1', '127.0.0.1.evil.org') }, [403, 'not_authorized']],
      [{ referer: 'https://evil.example.org/form.html' }, [403, 'not_authorized']],
      [{ referer: 'https://evil.example.org/', 'content-type': 'application/json' }, [403, 'not_authorized']],
      [{ 'sec-fetch-site': 'cross-site' }, [403, 'not_authorized']],
      [{ 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }, [403, 'not_authorized']],
    ] as const) {
      expectRefusal(await share(headers, path), want);
      expectRefusal(await share(headers, path, 'PUT'), want);
    }
    expect((await gnode.acl(path)).safety_level).toBe(3);
  });

  it('does not make another declared type acceptable', async () => {
    const { path } = await gnode.make('block');
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/json',
    ]) {
      expectRefusal(await share({ 'content-type': type }, path), [400, 'data_parsing_error']);
    }
    expect((await share({ 'content-type': 'application/json', origin: gnode.portal.url }, path)).status).toBe(200);
  });

  it('does not let a form of another site log in, log out or delete', async () => {
    const { path } = await gnode.make('block');
    const foreign = { origin: 'https://evil.example.org' };
    const form = { ...foreign, 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'username=bob&password=a+password';
    expectRefusal(await gnode.raw('POST', '/account/authenticate/', { body, headers: form }), [403, 'not_authorized']);
    for (const headers of [foreign, { 'sec-fetch-site': 'cross-site' }]) {
      const reply = await gnode.raw('DELETE', path, { headers: { ...cookie(), ...headers } });
      expectRefusal(reply, [403, 'not_authorized']);
    }
    expect((await gnode.as('bob', 'GET', path)).status).toBe(200);
  });
});

describe('the `details` of a refusal say what is wrong', () => {
  it('without a login', async () => {
    const { path } = await gnode.make('block');
    for (const [verb, at] of [
      ['GET', path],
      ['GET', `${path}acl/`],
      ['POST', `${path}acl/`],
      ['DELETE', path],
    ] as const) {
      const anonymous = await gnode.raw(verb, at, { body: verb === 'POST' ? '{}' : '' });
      expectRefusal(anonymous, [401, 'not_authenticated']);
      expect(anonymous.body.details).toContain('/account/authenticate/');
      const ended = await gnode.raw(verb, at, { headers: { cookie: `sessionid=${'a'.repeat(43)}` } });
      expectRefusal(ended, [401, 'not_authenticated']);
    }
    const wrong = await gnode.login('bob', 'wrong');
    expectRefusal(wrong, [401, 'not_authenticated']);
    expect(wrong.body.message).toBe('Invalid credentials');
  });

  it('without the right, for a missing object, and for an unsupported verb', async () => {
    const { path, name } = await gnode.make('block');
    const forbidden = await gnode.as('xena', 'GET', `${path}acl/`);
    expectRefusal(forbidden, [403, 'not_authorized']);
    expect(forbidden.body).toMatchObject({
      message: "You don't have permissions to access the object.",
      logged_in_as: gnode.profileOf('xena'),
      details: expect.stringContaining(name),
    });
    const missing = await gnode.as('bob', 'POST', '/metadata/section/NOPE/acl/', { body: {} });
    expectRefusal(missing, [404, 'does_not_exist']);
    expect(missing.body.details).toContain('section NOPE');
    for (const [verb, at, allowed] of [
      ['PUT', path, 'GET, POST, DELETE'],
      ['PATCH', path, 'GET, POST, DELETE'],
      ['DELETE', `${path}acl/`, 'GET, POST, PUT'],
      ['GET', '/account/authenticate/', 'POST'],
      ['POST', '/account/logout/', 'GET'],
    ] as const) {
      const reply = await gnode.raw(verb, at, { headers: cookie() });
      expectRefusal(reply, [405, 'invalid_method']);
      expect(reply.body.details).toBe(`It supports ${allowed}, not ${verb}.`);
    }
  });

  it('for invalid parameters and bodies', async () => {
    const { path } = await gnode.make('block');
    const parameter = await gnode.setAcl('bob', path, {}, '?cascade=zz');
    expectRefusal(parameter, [400, 'wrong_params']);
    expect(parameter.body.details).toBe('cascade must be true or false');
    const text = await gnode.setAcl('bob', path, '{bad');
    expectRefusal(text, [400, 'data_parsing_error']);
    const level = await gnode.setAcl('bob', path, { safety_level: 'secret' });
    expectRefusal(level, [400, 'post_data_invalid']);
    expect(level.body.details).toBe('Provided safety level is not valid: "secret"');
  });
});

describe('a path below the roots of the portal', () => {
  it('means the same without its trailing slash, as in the URL patterns of the portal', async () => {
    const { path, name } = await gnode.make('block');
    const bare = path.slice(0, -1);
    const shared = await gnode.as('bob', 'POST', `${path}acl?cascade=true`, { body: { safety_level: 2 } });
    expect([shared.status, shared.body.safety_level]).toEqual([200, 2]);
    expect((await gnode.as('bob', 'PUT', `${path}acl`, { body: { safety_level: 1 } })).status).toBe(200);
    expect((await gnode.as('bob', 'GET', `${path}acl`)).body.safety_level).toBe(1);
    expect((await gnode.as('bob', 'POST', bare, { body: { name: 'n' } })).body.selected[0].permalink).toBe(path);
    expect((await gnode.as('bob', 'GET', bare)).body.selected[0].fields.name).toBe('n');
    const mass = `/electrophysiology/block/acl?id__in=[${name}]&bulk_update=1`;
    expect((await gnode.as('bob', 'POST', mass, { body: { safety_level: 3 } })).status).toBe(200);
    expectRefusal(await gnode.raw('PUT', bare, { headers: cookie() }), [405, 'invalid_method']);
    expect((await gnode.raw('GET', '/account/logout')).status).toBe(200);
  });

  it('that the portal does not have is answered in its format, whatever the verb and the caller', async () => {
    const { path, name } = await gnode.make('block');
    for (const at of [
      `/${path}acl/`,
      `${path}/acl/`,
      `${path}acl//`,
      `/electrophysiology//block/${name}/acl/`,
      '//account/authenticate/',
      '/./account/authenticate/',
      '/account%2Fauthenticate%2F',
      '/account//authenticate/',
      '/account/',
      '/account',
      '/account/login/',
      '/electrophysiology',
      '/metadata/',
      '/datafiles',
      `${path}acl/more/`,
      `${path}history/`,
      '/datafiles/datafile/F1/data/',
      `/electrophysiolog%79/block/${name}/no/thing/`,
      '/electrophysiology/block/%zz/acl/',
    ]) {
      for (const verb of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        for (const headers of [cookie(), {}]) {
          const reply = await gnode.raw(verb, at, {
            body: verb === 'GET' ? '' : '{"safety_level": 1}',
            headers: { ...headers, 'content-type': 'application/json' },
          });
          expectRefusal(reply, [404, 'does_not_exist']);
        }
      }
    }
    expect((await gnode.acl(path)).safety_level).toBe(3);
    const doubled = await gnode.raw('POST', `/electrophysiology//block/${name}/acl/`, { headers: cookie() });
    expect(doubled.body.details).toContain(`Did you mean ${path}acl/?`);
    // A body as large as an ACL may be, which is not refused for its size.
    const large = await gnode.raw('POST', `${path}/acl/`, { body: ' '.repeat(100_000), headers: cookie() });
    expectRefusal(large, [404, 'does_not_exist']);
  });

  it('does not affect paths beside the roots', async () => {
    const rpc = await gnode.portal.ask('POST', '/electrophysiology2', {
      body: { method: 'Workspace.ver', params: [] },
    });
    expect(rpc.body.version).toBe('1.1');
    expect((await gnode.portal.ask('GET', '/electro/block/')).body).toEqual({
      error: 'This API endpoint is invalid.',
    });
  });
});

describe('logging out', () => {
  it('is answered in the same way when repeated, or without a login', async () => {
    await gnode.enter('lena');
    const headers = { cookie: gnode.cookieOf('lena') };
    const first = await gnode.portal.ask('GET', '/account/logout/', { headers });
    for (const again of [headers, {}, { cookie: 'sessionid=' }, { cookie: `sessionid=${'a'.repeat(43)}` }]) {
      const reply = await gnode.portal.ask('GET', '/account/logout/', { headers: again });
      expect([reply.status, reply.body]).toEqual([200, first.body]);
      expect(reply.headers.get('set-cookie')).toMatch(/^sessionid=; Path=\/; Max-Age=0;/);
      expect(reply.headers.get('g-node-version')).toBe('1.0');
    }
    expect(first.body).toEqual({ message: 'You are logged out.', message_type: 'logged_out', logged_in_as: null });
    expect((await gnode.portal.ask('GET', '/metadata/section/S/', { headers })).status).toBe(401);
  });
});

describe('DELETE', () => {
  it('deletes an object for its owner and for users with share 2', async () => {
    const { path } = await gnode.make('block');
    await gnode.setAcl('bob', path, { safety_level: 1, shared_with: { rea: 1, wim: 2 } });
    for (const who of ['rea', 'xena']) expectRefusal(await gnode.as(who, 'DELETE', path), [403, 'not_authorized']);
    const deleted = await gnode.as('wim', 'DELETE', path);
    expect([deleted.status, deleted.body]).toEqual([
      200,
      { message: 'Object was deleted.', message_type: 'deleted', logged_in_as: gnode.profileOf('wim') },
    ]);
    for (const verb of ['GET', 'DELETE']) {
      expectRefusal(await gnode.as('bob', verb, path), [404, 'does_not_exist']);
    }
    const own = await gnode.make('section');
    expect((await gnode.as('bob', 'DELETE', own.path)).status).toBe(200);
    const record = (await gnode.portal.records()).findLast((r) => r.command === 'Gnode.delete_object');
    expect(record).toMatchObject({ via: 'method', authority: 'user', actor: { name: 'bob' }, outcome: 'success' });
  });

  it('deletes nested objects, or nothing if one of them may not be deleted', async () => {
    const { path, native } = await gnode.make('block');
    const own = await gnode.make('segment', 'bob', { parents: [native] });
    const foreign = await gnode.make('segment', 'xena', { parents: [native] });
    expectRefusal(await gnode.as('bob', 'DELETE', path), [403, 'not_authorized']);
    for (const at of [path, own.path]) expect((await gnode.as('bob', 'GET', at)).status).toBe(200);
    await gnode.setAcl('xena', foreign.path, { shared_with: { bob: 2 } });
    expect((await gnode.as('bob', 'DELETE', path)).status).toBe(200);
    expectRefusal(await gnode.as('bob', 'GET', own.path), [404, 'does_not_exist']);
    expectRefusal(await gnode.as('xena', 'GET', foreign.path), [404, 'does_not_exist']);
  });

  it('needs force for a file that is shared with others', async () => {
    const { path } = await gnode.make('datafile');
    await gnode.setAcl('bob', path, { shared_with: { rea: 1 } });
    for (const query of ['', '?force=false']) {
      const refused = await gnode.as('bob', 'DELETE', path + query);
      expectRefusal(refused, [400, 'wrong_params']);
      expect(refused.body.details).toContain('force=true');
    }
    expectRefusal(await gnode.as('xena', 'DELETE', `${path}?force=true`), [403, 'not_authorized']);
    expect((await gnode.as('bob', 'DELETE', `${path}?force=true`)).status).toBe(200);
    const alone = await gnode.make('datafile');
    expect((await gnode.as('bob', 'DELETE', alone.path)).status).toBe(200);
  });

  it('only deletes objects of the portal', async () => {
    const owners = [{ accountType: 'User', owner: 'bob' }];
    const { id } = await gnode.portal.run('createResource', { type: 'screen', name: 'S', externalId: 'S', owners });
    for (const at of [`/electrophysiology/screen/S/`, `/metadata/screen/${id}/`, `/datafiles/datafile/${id}/`]) {
      expectRefusal(await gnode.as('bob', 'DELETE', at), [404, 'does_not_exist']);
    }
    expect((await gnode.portal.run('getResource', { id })).name).toBe('S');
  });
});
