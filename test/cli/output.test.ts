import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { listAll } from '../../src/cli/listAll.ts';
import type { Labels } from '../../src/cli/listed.ts';
import { renderResult } from '../../src/cli/render.ts';
import { onTerminal, PLAIN } from '../../src/cli/style.ts';
import { startLoopback } from '../support/loopback.ts';
import { runWarm } from '../support/running.ts';

/** Runs `steward sudo` against a service that answers with this result. */
const shown = (result: unknown, ...words: string[]) => answeredWith(result, 'sudo', ...words);

/** Runs a command line against a service that answers with this result. */
async function answeredWith(result: unknown, ...words: string[]) {
  await using server = await startLoopback(async (request, response) => {
    const { id } = JSON.parse(await text(request));
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  return await runWarm(words, '/', { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' });
}

const USERS = {
  users: [
    { user: 'ann', state: 'active' },
    { user: '田中', state: 'disabled' },
  ],
};
const GENOMES = [7, 'genomes', 'ann', '2026-11-28T10:00:00+0000', 3, 'a', 'n', 'unlocked', {}];

describe('steward sudo --output', () => {
  it.each([
    ['json', `${JSON.stringify(USERS, null, 2)}\n`],
    ['yaml', 'users:\n  - user: ann\n    state: active\n  - user: 田中\n    state: disabled\n'],
    ['name', 'ann\n田中\n'],
    ['jsonpath=$.users[*].user', 'ann\n田中\n'],
    ['jsonpath={.users[?@.state=="disabled"].user}', '田中\n'],
    ['table', 'users:\nuser  state\nann   active\n田中  disabled\n'],
  ])('prints the result as %s', async (format, stdout) => {
    expect(await shown(USERS, 'listUsers', '-o', format)).toEqual({ code: 0, stderr: '', stdout });
  });

  it('prints as names what the rows are named by, and not what they are about', async () => {
    const rows = [{ name: 'addUser', user: 'target' }];
    expect((await shown(rows, 'listCommands', '-o', 'name')).stdout).toBe('addUser\n');
    const requests = [{ request: 'r-1', command: 'addUser', user: 'ann' }];
    expect((await shown({ requests }, 'listApprovals', '-o', 'name')).stdout).toBe('r-1\n');
  });

  it('refuses other formats, and paths that are none, with what would be right', async () => {
    expect(await shown(USERS, 'listUsers', '-o', 'xml')).toMatchObject({
      code: 2,
      stderr: 'steward: --output must be table, wide, json, yaml, name, or jsonpath=PATH (was: xml)\n',
    });
    const { code, stderr } = await shown(USERS, 'listUsers', '-o', 'jsonpath=$.users[');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is no JSONPath, such as jsonpath=') });
  });

  it('does not run what a path says', async () => {
    const path = '$.users[?(process.exit(77))]';
    expect(await shown(USERS, 'listUsers', '-o', `jsonpath=${path}`)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('a list of fixed length', () => {
  it('is shown with the names of its places', async () => {
    const { stdout } = await shown(GENOMES, 'getWorkspaceInfo', '7');
    expect(stdout).toMatch(/^id {10}7\nname {8}genomes\nowner {7}ann\nchanged {5}2026-11-28T10:00:00\+0000\n/);
  });

  it('is a line of a table in a list, with headings or without', async () => {
    const { stdout } = await shown([GENOMES], 'listWorkspaces', '--as', 'ann');
    const [headings = '', line = ''] = stdout.split('\n');
    expect(headings).toMatch(/^id +name +owner +changed +objects +permission +global +lock +metadata$/);
    expect(headings.indexOf('owner')).toBe(line.indexOf('ann'));
    expect((await shown([GENOMES], 'listWorkspaces', '--as', 'ann', '--no-headers')).stdout.split(/ +/)).toEqual(
      `${line}\n`.split(/ +/),
    );
  });

  it('is a line of a table among the fields of a result, too', async () => {
    const object = [3, 'HeLa', 'Imaging.Plate-1.0', '2026-11-28T10:00:00+0000', 1, 'ann', 7, 'genomes', 'md5', 12, {}];
    const { stdout } = await shown({ infos: [object], paths: [['7/3/1']] }, 'getObjectInfo', '--params', '{}');
    const [title, headings = '', line = ''] = stdout.split('\n');
    expect(title).toBe('infos:');
    expect(headings).toMatch(
      /^id +name +type +saved +version +saved by +workspace id +workspace +md5 +bytes +metadata$/,
    );
    expect(headings.indexOf('saved by')).toBe(line.indexOf('ann'));
  });

  it('stays a list for programs', async () => {
    const { stdout } = await shown(GENOMES, 'getWorkspaceInfo', '7', '--json');
    expect(JSON.parse(stdout).result).toEqual(GENOMES);
  });
});

describe('what is empty', () => {
  it.each([
    [{ users: [] }, ['listUsers'], 'users  (none)\n'],
    [[], ['listModRequests'], '(none)\n'],
    [{ delegateTarget: null }, ['getTypeDelegationTarget'], 'delegated to  (none)\n'],
    [null, ['getWorkspaceDescription', '7'], '(none)\n'],
    [null, ['setWorkspaceDescription', '7'], 'Done.\n'],
  ])('is said to be so: %j of %j', async (result, words, stdout) => {
    expect(await shown(result, ...words)).toEqual({ code: 0, stderr: '', stdout });
  });
});

describe('a list within a result', () => {
  it('of texts is shown as these, and accounts by their names', () => {
    const owners = [
      { accountType: 'User', owner: 'ann', id: 'u-1' },
      { accountType: 'Role', owner: 'curators', id: 'role-1' },
    ];
    const row = {
      name: 'HeLa',
      owners,
      stamp: { id: 'u-1', name: 'ann' },
      commands: ['addUser', 'listUsers'],
      data: { name: 'x' },
    };
    expect(renderResult([row])).toBe(
      'name  owners         stamp  commands            data\nHeLa  ann, curators  ann    addUser, listUsers  {"name":"x"}',
    );
    expect(renderResult({ roles: ['a', 'b'], effects: ['Would add a', 'Would add b'] })).toBe(
      'roles    a, b\neffects  Would add a\n         Would add b',
    );
  });
});

describe('steward user show and steward role show', () => {
  const [ann] = USERS.users;

  it('show one user or role by its fields', async () => {
    const found = await answeredWith({ users: [ann] }, 'user', 'show', 'ann');
    expect(found).toEqual({ code: 0, stderr: '', stdout: 'user   ann\nstate  active\n' });
    const role = { name: 'curators', size: 1, members: ['ann'] };
    const { stdout } = await answeredWith({ roles: [role] }, 'role', 'show', 'curators');
    expect(stdout).toBe('name     curators\nsize     1\nmembers  ann\n');
  });

  it('give programs what the command answers', async () => {
    const { stdout } = await answeredWith({ users: [ann] }, 'user', 'show', 'ann', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual({ users: [ann] });
  });
});

describe('an object within a result', () => {
  const verification = {
    ...{ ok: false, checked: { from: 0, to: 120 }, size: 120, pruned: 3, checkpoints: 2, receipts: 0, more: 7 },
    cosigned: [{ witness: 'w.example.org', size: 100, at: '2026-11-28T10:00:00.000Z' }],
    findings: [],
  };

  it('has a line for each of its fields, with the headings of its schema, and tables of its lists', async () => {
    const job = {
      job: 'j-1',
      stateVerification: { ok: true, missingRecords: 0, notCovered: { jobs: 'why' } },
      verification,
    };
    expect((await shown(job, 'getJob', 'j-1')).stdout).toBe(
      `job                 j-1
state verification:
  ok               true
  missing records  0
  not covered      {"jobs":"why"}
verification:
  ok           false
  checked:
    from  0
    to    120
  size         120
  pruned       3
  checkpoints  2
  receipts     0
  more         7
  cosigned:
  witness        size  at
  w.example.org  100   2026-11-28T10:00:00.000Z
  findings     (none)
`,
    );
  });

  it('stays JSON as it was sent if it has one field, and in the cells of tables', async () => {
    const job = { job: 'j-1', stateVerification: { missingRecords: 0 } };
    expect((await shown(job, 'getJob', 'j-1')).stdout).toContain('{"missingRecords":0}\n');
    expect((await shown({ jobs: [{ job: 'j-1', verification }] }, 'listJobs')).stdout).toContain(
      '"checked":{"from":0,',
    );
  });

  it('fits a terminal with what it contains', () => {
    const style = onTerminal({ columns: 40, now: new Date(), color: false });
    const rows = [{ collection: 'workspaces', fields: ['name', 'owners', 'grants', 'visibility', 'metadata'] }];
    const lines = renderResult({ found: { covered: rows, unsettled: 0 } }, style).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});

describe('a heading', () => {
  const admins = [{ user: 'ann', addedAt: '2026-11-28T10:00:00.000Z', addedBy: 'boss', as: [{ addedBy: 'kept' }] }];

  it('is in words, and below it JSON is as it was sent', async () => {
    const { stdout } = await shown(admins, 'listAdmins', '--detail');
    expect(stdout).toMatch(/^user +added at +added by +as\nann .*\{"addedBy":"kept"\}/);
  });

  it('is what the schema says, where the name of the field says little', async () => {
    const listing = {
      id: 7,
      name: 'a',
      owner: 'ann',
      moddate: '2026-11-28T10:00:00+0000',
      max_objid: 2,
      lockstat: 'locked',
    };
    const { stdout } = await shown({ workspaces: [listing] }, 'listAllWorkspaces');
    expect(stdout).toMatch(/^workspaces:\nid +name +owner +changed +objects +lock\n/);
  });

  it('is that of a field alone, too, and never changes what a program reads', async () => {
    const [admin] = admins;
    expect((await shown({ delegateTarget: 'https://x' }, 'getTypeDelegationTarget')).stdout).toBe(
      'delegated to  https://x\n',
    );
    expect(JSON.parse((await shown(admins, 'listAdmins', '--detail', '-o', 'json')).stdout)).toEqual([admin]);
    expect((await shown(admins, 'listAdmins', '-o', 'jsonpath=$[*].addedBy')).stdout).toBe('boss\n');
  });

  it('is not made of names that users have chosen', async () => {
    const permissions = { annSmith: 'a', constructor: 'r' };
    expect((await shown(permissions, 'getPermissions', '7', '--as', 'ann')).stdout).toBe(
      'annSmith     a\nconstructor  r\n',
    );
  });

  it('stands above only one column of each table', () => {
    for (const { name, labels } of listAll()) {
      for (const headings of headingsIn(labels)) expect(new Set(headings).size, name).toBe(headings.length);
    }
  });
});

/** The headings of each table of a result. */
function headingsIn(labels: Labels | undefined): string[][] {
  if (labels === undefined) return [];
  const { columns, headings, items, fields = {} } = labels;
  const own = [columns, headings && Object.values(headings)].flatMap((list) => (list === undefined ? [] : [[...list]]));
  return [...own, ...[items, ...Object.values(fields)].flatMap(headingsIn)];
}

describe('a table', () => {
  const now = new Date('2026-11-30T12:00:00Z');
  const style = onTerminal({ columns: 40, now, color: false });

  it('aligns East Asian characters, emoji and combining marks by their width', () => {
    const lines = renderResult([
      { name: '田中さん', id: 'x' },
      { name: 'e\u0301', id: 'y' },
      { name: '👩‍👩‍👧', id: 'z' },
    ]).split('\n');
    expect(lines).toEqual(['name      id', '田中さん  x', `e\u0301         y`, '👩‍👩‍👧        z']);
  });

  it('fits a terminal, and is whole elsewhere', () => {
    const rows = [{ type: 'a'.repeat(30), owner: '田'.repeat(30) }];
    const [, line = ''] = renderResult(rows, style).split('\n');
    expect(line).toBe(`${'a'.repeat(18)}…  ${'田'.repeat(9)}…`);
    expect(renderResult(rows, PLAIN)).toContain('田'.repeat(30));
  });

  it('cuts no name off on a terminal, and leaves out what is empty, and last columns for which there is no room', () => {
    const id = 'res-0123456789abcdef0123';
    const row = { id, type: 'plate', parents: [], owners: 'ann', stamp: 'by hand', created: 'now' };
    const lines = renderResult([row, { ...row, type: 'screen' }], style).split('\n');
    expect(lines).toEqual([`${'id'.padEnd(24)}  type    …`, `${id}  plate`, `${id}  screen`]);
    expect(renderResult([row], PLAIN)).toContain('parents');
  });

  it('shows instants as ages on a terminal, and exactly elsewhere', () => {
    const rows = [{ made: '2026-11-28T11:00:00.000Z', ends: '2026-11-30T14:30:00Z' }];
    expect(renderResult(rows, style)).toBe('made    ends\n2d ago  in 2h');
    expect(renderResult(rows, PLAIN)).toContain('2026-11-28T11:00:00.000Z  2026-11-30T14:30:00Z');
  });

  it('has bold headings only with colours', () => {
    const colored = renderResult([{ a: 1 }], onTerminal({ columns: 40, now, color: true }));
    expect(colored).toBe('\u001b[1ma\u001b[22m\n1');
    expect(renderResult([{ a: 1 }], style)).toBe('a\n1');
  });
});
