import { describe, expect, it } from 'vitest';
import { hasClassified, hmacsIn, storableParams } from '../../src/audit/fieldClasses.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = { type: 'string', 'x-class': 'secret' };
const PLAIN = { type: 'string' };
const hide = (schema: object, params: unknown) => storableParams(KEY, schema as Record<string, unknown>, params);
const HMAC = expect.stringMatching(/^hmac:[0-9a-f]{64}$/);

describe('secrets among stored parameters', () => {
  it('are replaced by an HMAC, wherever they stand', () => {
    const schema = {
      properties: {
        password: SECRET,
        name: PLAIN,
        inner: { properties: { key: SECRET, name: PLAIN } },
        list: { items: { properties: { token: SECRET } } },
        secrets: { items: SECRET },
        whole: { type: 'object', 'x-class': 'secret', properties: { a: PLAIN } },
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
    expect(storableParams(Buffer.alloc(32, 8), SECRET, 'secret')).not.toBe(one);
  });

  it('leave keys alone that only look like a field every object has', () => {
    const params = JSON.parse('{"__proto__": {"x": 1}, "constructor": "c", "toString": 1}');
    const kept = hide({ properties: { password: SECRET } }, params) as object;
    expect(JSON.stringify(kept)).toBe(JSON.stringify(params));
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });
});

describe('every class of fields', () => {
  const schema = {
    properties: {
      email: { type: 'string', 'x-class': 'sensitive' },
      data: { 'x-class': 'content' },
      any: { anyOf: [{ type: 'null' }, { properties: { token: SECRET } }] },
      all: { allOf: [{ properties: { token: SECRET } }, { properties: { pin: SECRET } }] },
      byName: { additionalProperties: SECRET, properties: { plain: PLAIN } },
      plain: PLAIN,
    },
  };
  const BYTES = { bytes: 7, hmac: HMAC };

  it.each([
    [{ email: 'a@example.org' }, { email: HMAC }],
    [{ data: { a: 1 } }, { data: BYTES }],
    [{ any: { token: 't' } }, { any: { token: HMAC } }],
    [{ all: { token: 't', pin: 1, plain: 'p' } }, { all: { token: HMAC, pin: HMAC, plain: 'p' } }],
    [{ byName: { one: 's', plain: 'p' } }, { byName: { one: HMAC, plain: 'p' } }],
  ])('is replaced, and found: %j', (params, kept) => {
    expect(hide(schema, params)).toEqual(kept);
    expect(hasClassified(schema, params)).toBe(true);
    expect(hasClassified({ items: schema }, [{}, params])).toBe(true);
  });

  it.each([{}, { plain: 'p' }, { byName: { plain: 'p' } }, { any: null }, null, [], { email: undefined }])(
    'leaves other values as they are: %j',
    (params) => {
      expect(hide(schema, params)).toEqual(params);
      expect(hasClassified(schema, params)).toBe(false);
    },
  );

  it('names the HMACs of secrets and personal data, once each, and none of content', () => {
    const all = { items: schema };
    const kept = hide(all, [{ email: 'a' }, { email: 'a', data: 'b' }, { plain: 'hmac:no' }, { any: { token: 't' } }]);
    expect([...hmacsIn(all, kept)]).toEqual([hide(SECRET, 'a'), hide(SECRET, 't')]);
    expect(hmacsIn(schema, null)).toEqual(new Set());
  });
});
