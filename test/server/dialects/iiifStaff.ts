import { type Portal, SECRET_KEY } from './portal.ts';

/** Staff accounts for the tests of IIIF. */

export const jwt = (token: string) => ({ headers: { authorization: `JWT ${token}` } });

export interface Account {
  readonly name: string;
  readonly id: string;
  readonly token: string;
}

const PASSWORD = 'a password';

async function made(portal: Portal, path: string, name: string, more: object, headers = {}): Promise<Account> {
  const body = { username: name, email: `${name}@example.org`, password: PASSWORD, ...more };
  const reply = await portal.ask('POST', path, { body, headers });
  if (reply.status !== 200) throw new Error(`${name}: ${reply.status} ${reply.text}`);
  const { token } = (await portal.ask('POST', '/login', { body: { username: name, password: PASSWORD } })).body;
  return { name, id: reply.body.id, token };
}

export const newAdmin = (portal: Portal, name: string) => made(portal, '/auth/admin', name, { secretKey: SECRET_KEY });

export const newStaff = (portal: Portal, admin: Account, name: string) =>
  made(portal, '/auth/staff', name, {}, jwt(admin.token).headers);
