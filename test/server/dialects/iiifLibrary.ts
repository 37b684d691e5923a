import { afterAll } from 'vitest';
import { type Account, jwt, newAdmin, newStaff } from './iiifStaff.ts';
import { openPortal } from './portal.ts';

/** A portal with an administrator of IIIF and one member of staff, closed after the tests of the file that opens it. */
export async function openLibrary() {
  const portal = await openPortal();
  afterAll(() => portal[Symbol.asyncDispose]());
  const adm = await newAdmin(portal, 'adm');
  const al = await newStaff(portal, adm, 'al');
  let count = 0;
  return {
    portal,
    adm,
    al,
    /** An identifier that no manifest has yet. */
    fresh: () => `book${++count}`,
    as: (who: Account, verb: string, path: string, body?: unknown) =>
      portal.ask(verb, path, { ...(body === undefined ? {} : { body }), ...jwt(who.token) }),
  };
}
