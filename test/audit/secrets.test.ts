import { expect, it } from 'vitest';
import { auditKey } from '../../src/audit/secrets.ts';
import { openHouse } from '../support/house.ts';

it('the key of HMACs is made once, is the same for every instance, and stands in no record', async () => {
  await using house = await openHouse();
  const key = await auditKey(house.database);
  expect(key).toHaveLength(32);
  await using second = await openHouse({ beside: house });
  expect(await auditKey(second.database)).toEqual(key);
  const [start] = await house.records();
  expect(start).toMatchObject({ command: 'start', via: 'job', outcome: 'success' });
  expect(JSON.stringify(await house.records())).not.toContain(key.toString('base64'));
  expect(JSON.stringify(start)).toContain('<secret>');
});
