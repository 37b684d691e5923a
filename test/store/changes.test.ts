import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asRecorded, canonicalJson, difference, digest, withPlaceholders } from '../../src/store/changes.ts';
import { assertNoUndefined, collection, type Stored } from '../../src/store/collection.ts';

interface Item {
  readonly id: string;
  readonly level?: string;
}
interface Thing extends Stored {
  readonly name?: string;
  readonly meta?: unknown;
  readonly items?: readonly Item[];
}
const things = collection<Thing>('things', { keyedLists: { items: 'id' } });
const thing = (fields: Partial<Thing>): Thing => ({ _id: 't', revision: 1, ...fields });

describe('the difference between two states of a document', () => {
  it('is nothing where nothing differs, whatever the order of keys', () => {
    expect(difference(things, thing({ meta: { a: 1, b: [1] } }), thing({ meta: { b: [1], a: 1 } }))).toEqual([]);
  });

  it('names each field with what it was and what it is; a side that was not there is absent', () => {
    const before = thing({ name: 'a', meta: { x: 1 } });
    const after = thing({ name: 'b', items: [{ id: '1' }] });
    expect(difference(things, before, after)).toEqual([
      { path: 'name', before: 'a', after: 'b' },
      { path: 'meta', before: { x: 1 } },
      { path: 'items', after: [{ id: '1' }] },
    ]);
  });

  it('takes a keyed list item by item: what was added, changed and dropped, and not what only moved', () => {
    const before = thing({ items: [{ id: 'kept' }, { id: 'changed', level: 'r' }, { id: 'dropped' }] });
    const after = thing({ items: [{ id: 'changed', level: 'w' }, { id: 'added' }, { id: 'kept' }] });
    expect(difference(things, before, after)).toEqual([
      { path: 'items[changed]', before: { id: 'changed', level: 'r' }, after: { id: 'changed', level: 'w' } },
      { path: 'items[dropped]', before: { id: 'dropped' } },
      { path: 'items[added]', after: { id: 'added' } },
    ]);
  });

  it('leaves out what the guard is made of', () => {
    expect(difference(things, thing({ name: 'a' }), { ...thing({ name: 'a' }), revision: 7 })).toEqual([]);
  });

  it('tells a date from its text, and one instant from another', () => {
    const at = new Date(0);
    expect(difference(things, thing({ meta: at }), thing({ meta: new Date(0) }))).toEqual([]);
    expect(difference(things, thing({ meta: at }), thing({ meta: at.toISOString() }))).toHaveLength(1);
    expect(difference(things, thing({ meta: at }), thing({ meta: new Date(1) }))).toHaveLength(1);
  });
});

const DIGESTER = { digest: () => 'hmac:1', hmac: (value: unknown) => `hmac:${String(value).length}` };

describe('secret fields', () => {
  const secret = collection('secret', { secrets: ['key'] });

  it('never stand in a change, whichever it is', () => {
    for (const change of [
      { collection: 'secret', id: 's', op: 'insert', after: { _id: 's', key: 'canary' } },
      { collection: 'secret', id: 's', op: 'remove', before: { _id: 's', key: 'canary' } },
      { collection: 'secret', id: 's', op: 'update', fields: [{ path: 'key', before: 'canary', after: 'canary2' }] },
    ] as const) {
      const shown = asRecorded(secret, change, DIGESTER);
      expect(JSON.stringify(shown)).not.toContain('canary');
      expect(JSON.stringify(shown)).toContain('<secret>');
    }
  });
});

describe('sensitive fields', () => {
  const people = collection('people', { sensitive: ['email'] });
  const of = { collection: 'people', id: 'p' } as const;

  it('stand in a change as HMACs, which show whether they are the same', () => {
    const recorded = (change: Parameters<typeof asRecorded>[1]) => asRecorded(people, change, DIGESTER);
    const person = { _id: 'p', email: 'a@b.c' };
    expect(recorded({ ...of, op: 'insert', after: person })).toMatchObject({ after: { _id: 'p', email: 'hmac:5' } });
    expect(recorded({ ...of, op: 'remove', before: person })).toMatchObject({ before: { email: 'hmac:5' } });
    const fields = [
      { path: 'email', before: 'a@b.c', after: 'a@b.cd' },
      { path: 'name', before: 'a', after: 'b' },
    ];
    expect(recorded({ ...of, op: 'update', fields })).toEqual({
      ...of,
      op: 'update',
      fields: [
        { path: 'email', before: 'hmac:5', after: 'hmac:6' },
        { path: 'name', before: 'a', after: 'b' },
      ],
    });
  });

  it('that there were none of before, or are none of after, stay absent', () => {
    const fields = [{ path: 'email', after: 'a@b.c' }];
    const recorded = asRecorded(people, { ...of, op: 'update', fields }, DIGESTER);
    expect(recorded).toEqual({ ...of, op: 'update', fields: [{ path: 'email', after: 'hmac:5' }] });
  });
});

describe('placeholders', () => {
  it('stand for the instant, the ids that the server assigned and what is hidden, wherever they are, and for nothing else', () => {
    const instant = new Date();
    const other = new Date(instant.getTime() + 1);
    const until = new Date(instant.getTime() + 2);
    const assigned = {
      ...{ instant, instants: new Set([until.getTime()]), ids: new Set(['new-id']) },
      ...{ numbers: new Map([['profile', new Set([7])]]), hidden: new Set(['hmac:1']) },
    };
    const after = {
      _id: 'new-id',
      at: instant,
      other,
      until,
      profile: 7,
      size: 7,
      path: 'admins[new-id].role',
      deep: [{ of: 'new-id', at: new Date(instant) }],
      text: 'new-idea',
      email: 'hmac:1',
    };
    expect(withPlaceholders([{ collection: 'c', id: 'new-id', op: 'insert', after }], assigned)).toEqual([
      {
        collection: 'c',
        id: '<id>',
        op: 'insert',
        after: {
          _id: '<id>',
          at: '<instant>',
          other,
          until: '<instant>',
          profile: '<id>',
          size: 7,
          path: 'admins[<id>].role',
          deep: [{ of: '<id>', at: '<instant>' }],
          text: 'new-idea',
          email: '<sensitive>',
        },
      },
    ]);
  });
});

describe('canonical JSON', () => {
  it('is the same for equal values and stands for the value', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([k, v]) => [k, shuffled(v)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps the order of lists, and tells apart what is not equal', () => {
    expect(digest([1, 2])).not.toBe(digest([2, 1]));
    expect(digest({ a: 1 })).not.toBe(digest({ a: '1' }));
    expect(digest({ a: 1 })).not.toBe(digest({ a: 1, b: null }));
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    expect(digest(undefined)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('a filter', () => {
  it('with an undefined value, which would match too much, is refused', () => {
    for (const filter of [{ a: undefined }, { a: { $eq: undefined } }, { a: 1, b: { c: { $gt: undefined } } }]) {
      expect(() => assertNoUndefined(filter)).toThrow(TypeError);
    }
    expect(() => assertNoUndefined({ a: null, b: { $in: [] }, c: new Date() })).not.toThrow();
  });

  it('with an undefined value in a list of conditions is refused too', () => {
    expect(() => assertNoUndefined({ $or: [{ a: 1 }, { b: undefined }] })).toThrow(TypeError);
    expect(() => assertNoUndefined({ a: { $in: ['x', undefined] } })).toThrow(TypeError);
  });
});
