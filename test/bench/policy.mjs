import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { administer, post, startService } from './service.mjs';

const NO_RULES = 'rules: []\n';

/** A policy of this many rules, a tenth of which apply to every caller of the rows, and change nothing. */
function policyOf(count) {
  const rules = Array.from({ length: count }, (_, i) => {
    const who = i % 10 === 0 ? ['anybody'] : [`user${i}`, `role:role${i % 20}`];
    const commands = [['*'], ['group:workspaces'], ['getWorkspaceInfo', 'setWorkspaceOwner', 'listAdmins']][i % 3];
    const narrow = [
      {
        when: {
          weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
          hours: '00:00-24:00',
          timezone: 'Europe/Berlin',
        },
      },
      { from: ['127.0.0.0/8', '10.0.0.0/8'] },
      { where: { properties: { workspace: { pattern: '^never' } }, required: ['workspace'] } },
    ][Math.floor(i / 10) % 3];
    return { name: `rule${i}`, who, commands, ...narrow, allow: true };
  });
  return JSON.stringify({ rules });
}

/**
 * CPU time of the service a request, in microseconds, with an empty policy and with one of `rules` rules: the medians of
 * rounds in turn, on a service of its own.
 */
export async function costOfPolicy({ folder, rules, rounds, measure, children }) {
  const file = join(folder, 'policy.yaml');
  await writeFile(file, NO_RULES);
  const service = await startService(folder, [], { STEWARD_POLICY_FILE: file });
  children.push(service.child);
  const { url, pid } = service;
  const headers = { authorization: service.tokenOf('admin') };
  const ask = async (command) => JSON.parse(await post(url, headers, administer(command))).result[0];
  for (const user of ['one', 'other']) await ask({ command: 'addUser', user, params: { id: user } });
  await ask({ command: 'createWorkspace', user: 'one', params: { workspace: 'benched' } });
  let turn = 0;
  const give = () => {
    turn += 1;
    const params = { wsi: { id: 1 }, new_user: turn % 2 === 0 ? 'one' : 'other' };
    return [{ body: administer({ command: 'setWorkspaceOwner', params }) }];
  };
  const row = { url, pid, right: (body) => body.includes('"result":') };
  const rows = [
    { ...row, name: 'listAdmins', connections: 32, requests: () => [{ body: administer({ command: 'listAdmins' }) }] },
    {
      ...{ ...row, name: 'getWorkspaceInfo', connections: 32 },
      requests: () => [{ body: administer({ command: 'getWorkspaceInfo', params: { id: 1 } }) }],
    },
    { ...row, name: 'setWorkspaceOwner', connections: 16, requests: give },
  ];
  const found = new Map(rows.map(({ name }) => [name, { without: [], with: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [which, text] of [
      ['without', NO_RULES],
      ['with', policyOf(rules)],
    ]) {
      await writeFile(file, text);
      await enforced(ask, text === NO_RULES ? 0 : rules);
      for (const each of rows) found.get(each.name)[which].push((await measure(each, service, headers)).nodeMicros);
    }
  }
  return [...found].map(([name, micros]) => ({ name, ...micros }));
}

/** Waits until the service enforces the new file: a tenth of its rules names the caller. */
async function enforced(ask, rules) {
  const wanted = Math.ceil(rules / 10);
  for (;;) {
    const { rules: named = [] } = await ask({ command: 'listMyPrivileges' });
    if (named.length === wanted) return;
    await sleep(100);
  }
}
