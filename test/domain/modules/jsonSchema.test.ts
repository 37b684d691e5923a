import { describe, expect, it } from 'vitest';
import { validatorOf } from '../../../src/domain/modules/compiles.ts';
import { storableTypeOf } from '../../../src/domain/modules/kidl/dataTypeOf.ts';
import { jsonSchemaOf } from '../../../src/domain/modules/kidl/jsonSchema.ts';
import { parsed } from './spec.ts';

const typedef = (definitions: string, name = 'T') => parsed(definitions).typedefs.get(name) ?? expect.fail('no type');
const schemaOf = (definitions: string) => jsonSchemaOf(typedef(definitions));

const EVERYTHING = `
  /* @range (0, 9.5] */ typedef int Small; /* @range -0.5,1e2 */ typedef float Share; /* @id ws A.B C.D */ typedef string Ref;
  /* @optional note
     @metadata ws length(refs) as count
     @metadata ws inner.name
     @searchable ws_subset note keys_of(refs) inner.(name)
     @deprecated Other.T */
  typedef structure { Small small; Share share; mapping<Ref, tuple<int, string unit>> refs; UnspecifiedObject any;
    structure { string name; } inner; string note; } T;`;

describe('the JSON Schema of a type', () => {
  it('has the form of KBase: a tuple, a mapping by ids, ranges', () => {
    expect(schemaOf(EVERYTHING)).toBe(`{
  "id" : "T",
  "description" : "@optional note\\n@metadata ws length(refs) as count\\n@metadata ws inner.name\\n@searchable ws_subset note keys_of(refs) inner.(name)\\n@deprecated Other.T",
  "type" : "object",
  "original-type" : "kidl-structure",
  "properties" : {
    "small" : {
      "type" : "integer",
      "original-type" : "kidl-int",
      "exclusiveMinimum" : true,
      "maximum" : 9,
      "minimum" : 0
    },
    "share" : {
      "type" : "number",
      "original-type" : "kidl-float",
      "maximum" : 100,
      "minimum" : -0.5
    },
    "refs" : {
      "type" : "object",
      "original-type" : "kidl-mapping",
      "additionalProperties" : {
        "type" : "array",
        "original-type" : "kidl-tuple",
        "maxItems" : 2,
        "minItems" : 2,
        "items" : [ {
          "type" : "integer",
          "original-type" : "kidl-int"
        }, {
          "type" : "string",
          "original-type" : "kidl-string"
        } ]
      },
      "id-reference" : {
        "attributes" : [ "A.B", "C.D" ],
        "id-type" : "ws"
      }
    },
    "any" : {
      "type" : "object",
      "original-type" : "kidl-UnspecifiedObject"
    },
    "inner" : {
      "type" : "object",
      "original-type" : "kidl-structure",
      "properties" : {
        "name" : {
          "type" : "string",
          "original-type" : "kidl-string"
        }
      },
      "additionalProperties" : true,
      "required" : [ "name" ]
    },
    "note" : {
      "type" : "string",
      "original-type" : "kidl-string"
    }
  },
  "additionalProperties" : true,
  "required" : [ "small", "share", "refs", "any", "inner" ],
  "searchable-ws-subset" : {
    "fields" : {
      "inner" : {
        "name" : { }
      },
      "note" : { }
    },
    "keys" : {
      "refs" : { }
    }
  },
  "metadata-ws" : {
    "count" : "length(refs)",
    "inner.name" : "inner.name"
  }
}`);
  });

  const subsetOf = (said: string) => {
    const definitions = `typedef structure { string name; mapping<string, int> counts; } Role;
      /* ${said} */ typedef structure { mapping<string, list<Role>> complexroles; list<list<Role>> grid;
      mapping<string, string> terms; string id; } T;`;
    return JSON.parse(schemaOf(definitions))['searchable-ws-subset'];
  };

  it.each([
    [
      'what stands below the items of lists and the values of mappings',
      '@searchable ws_subset complexroles.*.[*].(name,counts) grid.[*].[*].name',
      {
        fields: {
          complexroles: { '*': { '[*]': { counts: {}, name: {} } } },
          grid: { '[*]': { '[*]': { name: {} } } },
        },
        keys: {},
      },
    ],
    [
      'mappings by their own name, also far below',
      '@searchable ws_subset keys_of(terms) keys_of(complexroles.*.[*].counts)',
      { fields: {}, keys: { complexroles: { '*': { '[*]': { counts: {} } } }, terms: {} } },
    ],
    [
      'words that spaces have torn apart, and all lines together',
      '@searchable ws_subset complexroles.*. [*] .name keys_of (terms)\n @searchable ws_subset id',
      { fields: { complexroles: { '*': { '[*]': { name: {} } } }, id: {} }, keys: { terms: {} } },
    ],
  ])('shows of a searchable subset %s', (_, said, expected) => {
    expect(subsetOf(said)).toEqual(expected);
  });

  it.each([
    ['@searchable ws_subset nope', 'Can not match path nope in searchable annotation to any field in actual structure'],
    [
      '@searchable ws_subset complexroles.name',
      'Can not match path complexroles.name in searchable annotation to a structure, actual type is mapping',
    ],
    [
      '@searchable ws_subset id.[*]',
      'Can not match path id.[*] in searchable annotation to a list, actual type is scalar',
    ],
    [
      '@searchable ws_subset keys_of(id)',
      'Can not match path id in searchable annotation to a mapping, actual type is scalar',
    ],
    ['@searchable other id', 'Searchable annotations of type other are not supported'],
  ])('refuses %s', (said, why) => {
    expect(() => subsetOf(said)).toThrow(why);
  });

  it('names what a number or the key of a mapping identifies', () => {
    const ids = '/* @id kb */ typedef int Id; /* @id external X\n@range 0, */ typedef float F;';
    const { properties } = JSON.parse(schemaOf(`${ids} typedef structure { Id id; F f; mapping<Id, int> by; } T;`));
    const kb = { attributes: [], 'id-type': 'kb' };
    expect(properties.id).toEqual({ type: 'integer', 'original-type': 'kidl-int', 'id-reference': kb });
    expect(properties.f).toMatchObject({ 'id-reference': { attributes: ['X'], 'id-type': 'external' }, minimum: 0 });
    expect(properties.by['id-reference']).toEqual(kb);
  });

  it('of a type that is defined again uses the later definition from there on, and the earlier one before', () => {
    const twice = `/*@id external*/ typedef string s; typedef structure { s a; } T; /*@id kb*/ typedef string s;
      typedef structure { s b; } U; funcdef f(T t) returns (); funcdef f(U u) returns ();`;
    const idOf = (name: string, field: string) =>
      JSON.parse(jsonSchemaOf(typedef(twice, name))).properties[field]['id-reference']['id-type'];
    expect([idOf('T', 'a'), idOf('U', 'b')]).toEqual(['external', 'kb']);
    expect(parsed(twice).funcdefs.get('f')?.parameters[0]?.name).toBe('u');
  });

  it('keeps any character of a comment, and is JSON', () => {
    const comment = 'a "b" \\u0041 \\ \u0001 é \u2028 end';
    const text = schemaOf(`/* ${comment} */ typedef structure { int a; } T;`);
    expect(JSON.parse(text).description).toBe(comment);
    expect(text).toContain('\\u0001');
  });

  it('compiles with an independent validator, which agrees on what is valid', () => {
    const valid = validatorOf(schemaOf(EVERYTHING));
    const data = { small: 1, share: 0, refs: { '1/2': [3, 'm'] }, any: {}, inner: { name: 'n' } };
    expect(valid(data)).toBe(true);
    expect(valid({ ...data, more: 'of anything' })).toBe(true);
    for (const wrong of [
      { small: 0 },
      { small: 10 },
      { small: 1.5 },
      { share: 101 },
      { share: -0.6 },
      { any: [] },
      { note: 1 },
    ]) {
      expect([wrong, valid({ ...data, ...wrong })]).toEqual([wrong, false]);
    }
    expect(valid({ ...data, refs: { '1/2': [3] } })).toBe(false);
    expect(valid({ ...data, inner: {} })).toBe(false);
    const { small: _, ...without } = data;
    expect(valid(without)).toBe(false);
  });

  it('does not take an inherited property for a required field', () => {
    expect(validatorOf(schemaOf('typedef structure { UnspecifiedObject constructor; } T;'))({})).toBe(false);
  });

  it('as data is checked against it has its names resolved, with ids and bounds', () => {
    expect(storableTypeOf(typedef(EVERYTHING), 'Mod.T-1.0')).toEqual({
      typestring: 'Mod.T-1.0',
      metadata: [
        { expression: 'length(refs)', name: 'count' },
        { expression: 'inner.name', name: 'inner.name' },
      ],
      data: {
        kind: 'structure',
        fields: [
          { name: 'small', optional: false, type: { kind: 'int', range: { min: '0', max: '9', minExclusive: true } } },
          { name: 'share', optional: false, type: { kind: 'float', range: { min: '-0.5', max: '100' } } },
          {
            name: 'refs',
            optional: false,
            type: {
              kind: 'mapping',
              key: { kind: 'string', id: { idType: 'ws', attributes: ['A.B', 'C.D'] } },
              value: { kind: 'tuple', items: [{ kind: 'int' }, { kind: 'string' }] },
            },
          },
          { name: 'any', optional: false, type: { kind: 'object' } },
          {
            name: 'inner',
            optional: false,
            type: { kind: 'structure', fields: [{ name: 'name', optional: false, type: { kind: 'string' } }] },
          },
          { name: 'note', optional: true, type: { kind: 'string' } },
        ],
      },
    });
    expect(storableTypeOf(typedef('typedef list<int> T;'), 'Mod.T-1.0')).toBeUndefined();
  });
});
