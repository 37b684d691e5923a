import { openHouse, type TestHouse, type TestHouseOptions } from '../support/house.ts';

/** A call of one command, as it stands in the command object. */
export interface Call {
  readonly user?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** For every command a call that does something in a {@link peopledHouse}, when a full administrator makes it. */
export const calls: Readonly<Record<string, Call>> = {
  addAdmin: { user: 'ann' },
  listAdmins: { params: { detail: true } },
  listMyPrivileges: {},
  removeAdmin: { user: 'cec' },
  addUser: { user: 'eve', params: { kind: 'service', email: 'eve@example.org' } },
  deleteUser: { user: 'bea' },
  disableUser: { user: 'bea' },
  enableUser: { user: 'dan' },
  listUsers: { params: { limit: 10 } },
  renameUser: { user: 'bea', params: { newName: 'beatrice' } },
  getAudit: { params: { limit: 5 } },
  getConfig: {},
  getTypeDelegationTarget: {},
  listCommands: {},
  setConfig: { params: { set: { 'backend-file-retrieval-scaling': 7 } } },
};

/**
 * A house with the configured admin `boss`, the full admin `cec`, the read-only admin `reader`, the admin `limited` (two
 * reading commands, as `ann` alone), the users `ann` and `bea`, and `dan`, who is disabled.
 */
export async function peopledHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const house = await openHouse(options);
  await house.meet('boss', 'ann', 'bea', 'cec', 'dan', 'reader', 'limited');
  for (const command of [
    { command: 'addAdmin', user: 'cec' },
    { command: 'addAdmin', user: 'reader', params: { role: 'readOnly' } },
    { command: 'addAdmin', user: 'limited', params: { commands: ['listAdmins', 'getConfig'], as: ['ann'] } },
    { command: 'disableUser', user: 'dan' },
  ]) {
    await house.administer('boss', command);
  }
  return house;
}

/** Every byte of every collection but the audit, as hexadecimal BSON. */
export async function bytesOf({ database }: TestHouse): Promise<Record<string, string[]>> {
  const { db } = database;
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map((c) => c.name);
  const found: Record<string, string[]> = {};
  for (const name of names.filter((n) => n !== 'audit').sort()) {
    const raw = await db.collection(name).find({}, { raw: true }).sort({ _id: 1 }).toArray();
    found[name] = raw.map((doc) => Buffer.from(doc as unknown as Uint8Array).toString('hex'));
  }
  return found;
}
