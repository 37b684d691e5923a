import { describe, expect, it } from 'vitest';
import { auditKey, withoutSecretParams } from '../../src/audit/secrets.ts';
import { openHouse } from '../support/house.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = { type: 'string', 'x-secret': true };
const PLAIN = { type: 'string' };
const hide = (schema: object, params: unknown) => withoutSecretParams(KEY, schema as Record<string, unknown>, params);
const HMAC = expect.stringMatching(/^hmac:[0-9a-f]{64}$/);

describe('secrets among recorded parameters', () => {
  it('are replaced by an HMAC, wherever they stand', () => {
    const schema = {
      properties: {
        password: SECRET,
        name: PLAIN,
        inner: { properties: { key: SECRET, name: PLAIN } },
        list: { items: { properties: { token: SECRET } } },
        secrets: { items: SECRET },
        whole: { type: 'object', 'x-secret': true, properties: { a: PLAIN } },
      },
    };
    const params = {
      password: 'p',
      name: 'n',
      inner: { key: 'k', name: 'n' },
      list: [{ token: 't' }, { token: 't', other: 1 }],
      secrets: ['a', 'b'],
      whole: { a: 'a' },
    };
    expect(hide(schema, params)).toEqual({
      password: HMAC,
      name: 'n',
      inner: { key: HMAC, name: 'n' },
      list: [{ token: HMAC }, { token: HMAC, other: 1 }],
      secrets: [HMAC, HMAC],
      whole: HMAC,
    });
  });

  it.each([[null], [5], [true], ['']])('are replaced whatever type they have: %j', (password) => {
    expect(hide({ properties: { password: SECRET } }, { password })).toEqual({ password: HMAC });
  });

  it('show when they are the same, and to nobody without the key what they are', () => {
    const one = hide(SECRET, 'secret');
    expect(hide(SECRET, 'secret')).toBe(one);
    expect(hide(SECRET, 'Secret')).not.toBe(one);
    expect(withoutSecretParams(Buffer.alloc(32, 8), SECRET, 'secret')).not.toBe(one);
  });

  it('leave keys alone that only look like a field every object has', () => {
    const params = JSON.parse('{"__proto__": {"x": 1}, "constructor": "c", "toString": 1}');
    const kept = hide({ properties: { password: SECRET } }, params) as object;
    expect(JSON.stringify(kept)).toBe(JSON.stringify(params));
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });
});

describe('the key they are hashed with', () => {
  it('is made once, is the same for every instance, and stands in no record', async () => {
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
});
