import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResourceView } from '../../../src/base/schemas/generated.ts';
import { openWorld, type World } from '../workspaces/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const prototypes = () => [Object.prototype, Array.prototype, String.prototype].map((p) => Reflect.ownKeys(p));

describe('the content of a resource', () => {
  it.each([
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
    '{"$set": {"owners": ["bea"]}, "a.b": 1, "": 2, "$where": "sleep(1000)"}',
    '{"_bsontype": "ObjectId", "id": "x"}',
    '[1, null, "text", {"k": [true, false]}]',
    '"text"',
    '0',
    'false',
    '1.5e300',
    `${'['.repeat(500)}${']'.repeat(500)}`,
  ])('is answered exactly as it was sent, and means nothing to the database: %s', async (text) => {
    const before = prototypes();
    const data = JSON.parse(text);
    const params = { type: 'manifest', name: 'm', data };
    const { id } = (await world.call('ann', 'Resource.create', params)) as ResourceView;
    const made = (await world.call('ann', 'Resource.get', { id })) as ResourceView;
    expect(JSON.stringify(made.data)).toBe(JSON.stringify(data));
    expect(made.owners).toEqual([{ accountType: 'User', owner: 'ann', id: 'ann' }]);
    await world.run('updateResource', { id, data: [data] });
    const { result } = await world.administer('boss', { command: 'getResource', params: { id } });
    expect(JSON.stringify((result as ResourceView).data)).toBe(JSON.stringify([data]));
    expect(prototypes()).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('is removed with null, and stays if it is not sent', async () => {
    const { id } = (await world.run('createResource', { type: 'block', name: 'b', data: { a: 1 } })) as ResourceView;
    expect(await world.run('updateResource', { id, name: 'c' })).toMatchObject({ name: 'c', data: { a: 1 } });
    expect(await world.run('updateResource', { id, data: null })).not.toHaveProperty('data');
  });

  it('takes a million bytes and no more', async () => {
    const most = 'x'.repeat(999_998);
    const { id } = (await world.run('createResource', { type: 'block', name: 'b', data: most })) as ResourceView;
    expect(((await world.run('getResource', { id })) as ResourceView).data).toBe(most);
    expect(await world.message('updateResource', { id, data: `${most}x` })).toBe(
      'data takes 1000001 bytes, more than 1000000',
    );
  });

  it('is not in lists', async () => {
    const { resources } = (await world.run('listResources', {})) as { resources: ResourceView[] };
    expect(resources.length).toBeGreaterThan(5);
    expect(resources.some((r) => 'data' in r)).toBe(false);
  });
});
