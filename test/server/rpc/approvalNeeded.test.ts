import { expect, it } from 'vitest';
import { refuse } from '../../../src/base/errors.ts';
import { reply20 } from '../../../src/server/rpc/envelope20.ts';
import { wireError } from '../../../src/server/rpc/wireError.ts';

const ID = '6b04e15c3413ffb9138e1bc4';

it('the error of a call that needs approval has the request in its data, and others have none', () => {
  const dataOf = (error: Parameters<typeof wireError>[0]) => {
    const reply = reply20({ error: wireError(error), requestId: 'r' }, null).join('');
    return (JSON.parse(reply) as { error: { data: object } }).error.data;
  };
  const needed = refuse('approval_needed', 'addAdmin', 'four-eyes', ID, 'has 0 of 1 approvals');
  expect(dataOf(needed)).toMatchObject({ reason: 'approval_needed', kind: 'forbidden', request: ID });
  expect(needed.message).toContain(ID);
  expect(dataOf(refuse('last_admin'))).not.toHaveProperty('request');
});
