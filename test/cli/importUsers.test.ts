import { describe, expect, it } from 'vitest';
import { progressLine } from '../../src/cli/importMeter.ts';
import { parsedUsers } from '../../src/cli/importUsers.ts';

describe('the file of users of an import', () => {
  it('is read as CSV, with the columns in any order', () => {
    const users = parsedUsers('id,"name",issuer\n"7,""x""",alice,https://idp\n\n8,bob,https://idp\n', 'users.csv');
    expect([...users]).toEqual([
      ['alice', { subject: '7,"x"', issuer: 'https://idp' }],
      ['bob', { subject: '8', issuer: 'https://idp' }],
    ]);
  });

  it('is read as JSON lines', () => {
    const users = parsedUsers('{"name":"alice","id":"7","issuer":"https://idp"}\n', 'users.jsonl');
    expect(users.get('alice')).toEqual({ subject: '7', issuer: 'https://idp' });
  });

  it.each([
    ['name,id\nalice,7\n', 'users: the first line must name the columns name, id and issuer'],
    ['name,id,issuer\nalice,7\n', 'users, line 2: a user needs a name, an id and an issuer'],
    ['{"name":"alice"}\n', 'users, line 1: a user needs a name, an id and an issuer'],
    ['{"name":\n', 'users, line 1: a user needs a name, an id and an issuer'],
    ['name,id,issuer\nalice,7,x\nalice,8,x\n', 'users, line 3: the name alice occurs twice'],
  ])('is refused with its line where it is wrong: %j', (text, message) => {
    expect(() => parsedUsers(text, 'users')).toThrow(message);
  });
});

describe('the progress of an import', () => {
  it('shows the part that is done, the rate and the time left', () => {
    const line = progressLine({ done: 50, total: 100, rate: 10, step: 'objects' });
    expect(line).toBe('[###############---------------] 50% objects, 10/s, 5 s left');
  });

  it('never shows more than all, since the total is an estimate', () => {
    expect(progressLine({ done: 120, total: 100, rate: 10, step: 'objects' })).toContain(
      '100% objects, 10/s, 0 s left',
    );
  });
});
