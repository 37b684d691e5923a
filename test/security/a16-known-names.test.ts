import { describe, expect, it } from 'vitest';
import { openPortal, SECRET_KEY } from '../server/dialects/portal.ts';

describe('A16: without the secret key nobody learns who is known here', () => {
  it('POST /auth/admin tells of the names and addresses of staff alone', async () => {
    await using portal = await openPortal();
    await portal.meet('boss', 'carla');
    await portal.run('addUser', { email: 'dora@example.org' }, 'dora');
    const staff = { username: 'librarian', email: 'librarian@example.org', password: 'x' };
    expect((await portal.ask('POST', '/auth/admin', { body: { ...staff, secretKey: SECRET_KEY } })).status).toBe(200);

    const ask = async (body: object) => {
      const { status, body: said, headers } = await portal.ask('POST', '/auth/admin', { body });
      return { status, said, type: headers.get('content-type') };
    };
    const keys = [{}, { secretKey: 'wrong' }];
    for (const key of keys) {
      const free = await ask({ username: 'nobody-has-this', email: 'nobody@example.org', password: 'x', ...key });
      expect(free.status).toBe(422);
      for (const [username, email] of [
        ['boss', 'nobody@example.org'],
        ['carla', 'nobody@example.org'],
        [' car la', 'nobody@example.org'],
        ['dora', 'dora@example.org'],
        ['nobody-has-this', 'dora@example.org'],
      ]) {
        expect([username, email, await ask({ username, email, password: 'x', ...key })]).toEqual([
          username,
          email,
          free,
        ]);
      }
      // As in the API whose clients come here.
      const taken = await ask({ username: staff.username, password: 'x', ...key });
      expect(taken.said).toEqual({ error: 'User with username already exists.' });
      const shared = await ask({ username: 'nobody-has-this', email: staff.email, password: 'x', ...key });
      expect(shared.said).toEqual({ error: 'User with email already exists.' });
    }
  });

  it('asks the database the same, whoever has the name', async () => {
    await using portal = await openPortal();
    await portal.meet('carla');
    const { db } = portal.database;
    const queries = async (username: string) => {
      await db.command({ profile: 0 });
      await db.dropCollection('system.profile').catch(() => undefined);
      await db.command({ profile: 2 });
      const body = { username, email: 'nobody@example.org', password: 'x', secretKey: 'wrong' };
      await portal.ask('POST', '/auth/admin', { body });
      await db.command({ profile: 0 });
      const profiled = await db
        .collection('system.profile')
        // The roster is read when the service has not looked at it for a while, whatever is asked.
        .find({ ns: { $not: /system\.profile|\.roster$/ } })
        .toArray();
      return profiled.map(({ op, ns }) => `${op} ${ns.replace(/^[^.]*\./, '')}`).sort();
    };
    const known = await queries('carla');
    expect(known.length).toBeGreaterThan(3);
    expect(await queries('nobody-has-this')).toEqual(known);
  });
});
