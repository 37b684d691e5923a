import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { storableTypeOfSchema } from '../../../src/domain/modules/fromSchema.ts';
import { storableTypeOf } from '../../../src/domain/modules/kidl/dataTypeOf.ts';
import type { Module } from '../../../src/domain/modules/kidl/definition.ts';
import { jsonSchemaOf } from '../../../src/domain/modules/kidl/jsonSchema.ts';
import { parseSpec } from '../../../src/domain/modules/kidl/parse.ts';
import { parsed } from './spec.ts';

const EVERYTHING = `
  /* @range (0, 9.5] */ typedef int Small; /* @range [-0.5,1e2) */ typedef float Share; /* @id ws A.B C.D */ typedef string Ref;
  /* @range 0,123456789012345678901234567890 */ typedef int Large; /* @id handle */ typedef string Handle;
  typedef structure { Handle handle; list<list<Ref>> refs; } Inner;
  /* @optional note any
     @metadata ws length(refs) as count
     @metadata ws inner.handle */
  typedef structure { Small small; Share share; Large large; mapping<Ref, tuple<int, string unit, Inner>> refs;
    UnspecifiedObject any; Inner inner; mapping<string, Handle> handles; string note; } T; typedef list<T> L;`;

/** Every type of a module that data is checked against, from its definition and from its schema. */
async function bothOf({ name, typedefs }: Module) {
  const ids = [...typedefs.values()].map((typedef) => [typedef, `${name}.${typedef.name}-1.0`] as const);
  const sorted = (type: ReturnType<typeof storableTypeOf>) =>
    type && { ...type, metadata: [...type.metadata].sort((a, b) => (a.name < b.name ? -1 : 1)) };
  const own = ids.map(([typedef, id]) => sorted(storableTypeOf(typedef, id)));
  const fetched = await Promise.all(ids.map(([typedef, id]) => storableTypeOfSchema(id, jsonSchemaOf(typedef))));
  return [own, fetched.map(sorted)] as const;
}

describe('the JSON Schema of a type', () => {
  it('describes all that data is checked against', async () => {
    const [own, fetched] = await bothOf(parsed(EVERYTHING));
    expect(own.filter((type) => type !== undefined)).toHaveLength(2);
    expect(fetched).toEqual(own);
  });

  it('does so for the types of a KBase type database', async () => {
    const file = readFileSync(new URL('kbaseModules.json', import.meta.url), 'utf8');
    const modules = JSON.parse(file) as { module: string; spec: string; includes: object }[];
    for (const { spec } of modules.filter((one) => Object.keys(one.includes).length === 0)) {
      const [own, fetched] = await bothOf(parseSpec(spec, new Map()));
      expect(fetched).toEqual(own);
    }
  });

  const inside = (property: string) =>
    `{"type":"object","original-type":"kidl-structure","properties":{"a":${property}},"additionalProperties":true}`;

  it('of old versions has the types that a reference allows under another key', async () => {
    const text = inside('{"type":"string","id-reference":{"id-type":"ws","valid-typedef-names":["A.B"]}}');
    const type = await storableTypeOfSchema('M.T-1.0', text);
    expect(type?.data).toMatchObject({ fields: [{ type: { id: { idType: 'ws', attributes: ['A.B'] } } }] });
  });

  it.each([
    ['no JSON', '<html>', 'it is not JSON'],
    ['no object', '[]', 'it is not an object'],
    ['another kind of schema', inside('{"anyOf":[]}'), 'a type is not string'],
    ['a type that is text', inside('"string"'), 'a type is not described by an object'],
    ['a bound that is text', inside('{"type":"integer","minimum":"0"}'), 'a minimum is not a number'],
    ['a bound beyond reason', inside('{"type":"number","maximum":1e99999}'), 'a maximum is not a number'],
    ['an id of nothing', inside('{"type":"string","id-reference":{}}'), 'an id-reference has no id-type'],
    [
      'names that are numbers',
      inside('{"type":"object","properties":{},"required":[1]}'),
      'a list of strings is not one',
    ],
    ['nesting without end', inside('{"type":"array","items":'.repeat(5_000)), 'more than 200 levels deep'],
  ])('that is %s is refused', async (_, text, why) => {
    await expect(storableTypeOfSchema('M.T-1.0', text)).rejects.toThrow(why);
  });
});
