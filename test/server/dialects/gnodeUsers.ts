import { request } from 'node:http';
import { type Ask, openPortal, type Portal, type PortalReply } from './portal.ts';

const PASSWORD = 'a password';

export interface GnodeObject {
  readonly path: string;
  /** Their id here. */
  readonly native: string;
  /** Their id in the portal. */
  readonly name: string;
}

/** A portal with users who have logged in to the G-Node interface. */
export interface GnodePortal {
  readonly portal: Portal;
  /** @param more further fields of the form */
  login(username: string, password?: string, more?: Readonly<Record<string, string>>): Promise<PortalReply>;
  /** Makes a user and logs them in. */
  enter(name: string): Promise<void>;
  /** The cookie of a user's session. */
  cookieOf(name: string): string;
  /** The id of a user. */
  idOf(name: string): string;
  /** How answers name the logged-in user. */
  profileOf(name: string): string;
  as(who: string, verb: string, path: string, ask?: Ask): Promise<PortalReply>;
  /** Sends exactly these headers and bytes, without the additions of fetch. */
  raw(
    verb: string,
    path: string,
    sent?: { body?: string; headers?: Readonly<Record<string, string>> },
  ): Promise<RawReply>;
  make(type: string, owner?: string, more?: object): Promise<GnodeObject>;
  setAcl(who: string, path: string, body: unknown, query?: string): Promise<PortalReply>;
  /** The ACL of an object, as its owner reads it. */
  acl(path: string, who?: string): Promise<{ safety_level: number; shared_with: Record<string, number> }>;
}

export interface RawReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire is compared field by field
  readonly body: any;
}

/** @param users who have logged in, each with a password */
export async function openGnodePortal(users: readonly string[]): Promise<GnodePortal> {
  const portal = await openPortal();
  const cookies = new Map<string, string>();
  const ids = new Map<string, string>();
  const profiles = new Map<string, string>();
  let count = 0;
  const login = (username: string, password = PASSWORD, more = {}) =>
    portal.ask('POST', '/account/authenticate/', {
      body: new URLSearchParams({ username, password, ...more }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  const enter = async (name: string) => {
    ids.set(name, (await portal.run('addUser', undefined, name)).id);
    await portal.run('setPassword', { password: PASSWORD }, name);
    const reply = await login(name);
    cookies.set(name, (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '');
    profiles.set(name, reply.body.logged_in_as);
  };
  for (const name of users) await enter(name);
  const cookieOf = (name: string) => cookies.get(name) ?? '';
  const as = (who: string, verb: string, path: string, ask: Ask = {}) =>
    portal.ask(verb, path, { ...ask, headers: { cookie: cookieOf(who), ...ask.headers } });
  return {
    portal,
    login,
    enter,
    cookieOf,
    idOf: (name) => ids.get(name) ?? '',
    profileOf: (name) => profiles.get(name) ?? '',
    as,
    raw: (verb, path, sent) => sendRaw(portal.url, verb, path, sent),
    make: async (type, owner = 'bob', more = {}) => {
      const name = `N${++count}`;
      const owners = [{ accountType: 'User', owner }];
      const made = await portal.run('createResource', { type, name, externalId: name, owners, ...more });
      return { path: `/electrophysiology/${type}/${name}/`, native: made.id, name };
    },
    setAcl: (who, path, body, query = '') => as(who, 'POST', `${path}acl/${query}`, { body }),
    acl: async (path, who = 'bob') => {
      const { safety_level, shared_with } = (await as(who, 'GET', `${path}acl/`)).body;
      return { safety_level, shared_with };
    },
  };
}

function sendRaw(
  url: string,
  verb: string,
  path: string,
  { body = '', headers = {} }: { body?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, method: verb, path, headers: { 'content-length': Buffer.byteLength(body), ...headers } },
      async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) });
      },
    );
    sent.on('error', reject).end(body);
  });
}
