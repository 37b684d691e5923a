// One of two processes that take each other's admins away: rosterChild.mjs URI DATABASE SECRET CALLS
import { randomUUID } from 'node:crypto';
import { mintToken } from '../../dist/identity/mint.js';
import { openChildHouse } from './childHouse.mjs';

const [uri, name, secret, calls] = process.argv.slice(2);
const ADMINS = ['ann', 'bea', 'cec', 'dot', 'eve', 'fay'];
/** What may answer a call that takes somebody's right away while others do the same. */
const FORESEEN = [
  'user_unknown',
  'last_admin',
  'not_admin',
  'rights_required',
  'invalid_params',
  'account_disabled',
  'exceeds_own_rights',
  'conflict_busy',
];

const { database, house, method } = await openChildHouse({ uri, name, secret, configured: [] });
const any = (list) => list[Math.floor(Math.random() * list.length)];

const ACTIONS = [
  (user) => ({ command: 'removeAdmin', user }),
  (user) => ({ command: 'disableUser', user }),
  (user) => ({
    command: 'addAdmin',
    user,
    params: { expires: new Date(Date.now() + 20 + Math.random() * 100).toISOString() },
  }),
  (user) => ({ command: 'addAdmin', user, params: { role: 'readOnly' } }),
  (user) => ({ command: 'addAdmin', user }),
  (user) => ({ command: 'enableUser', user }),
];

const outcomes = {};
const bare = [];
async function call() {
  const authorization = mintToken({ secret, username: any(ADMINS), lifetimeSeconds: 60 });
  const origin = { requestId: randomUUID(), authorization, address: '-', socketAddress: '-' };
  const command = any(ACTIONS)(any(ADMINS));
  let outcome = 'ok';
  try {
    const caller = await house.gate.identify(method, origin);
    await house.gate.call(method, { caller, params: [command], origin });
  } catch (error) {
    outcome = error.reason ?? String(error.stack);
  }
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  if (!(await somebodyLasts())) bare.push(`${command.command}: ${outcome}`);
}

/** Whether one snapshot of the database has a full, unlimited, active admin whose right does not expire. */
async function somebodyLasts() {
  return database.client.withSession({ snapshot: true }, async (session) => {
    const { admins } = await database.db.collection('roster').findOne({}, { session });
    const active = await database.db.collection('principals').find({ state: 'active' }, { session }).toArray();
    const ids = new Set(active.map((p) => p._id));
    return admins.some((a) => a.role === 'full' && !a.commands && !a.as && !a.expires && ids.has(a.principal));
  });
}

for (let done = 0; done < Number(calls); done += 4) await Promise.all(Array.from({ length: 4 }, call));
await house.settled();
await database.close();
const strange = Object.keys(outcomes).filter((o) => o !== 'ok' && !FORESEEN.includes(o));
console.log(JSON.stringify({ outcomes, strange, bare }));
