import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals } from '../../../src/base/json/decimal.ts';
import { readJson } from '../../../src/base/json/reader.ts';
import type { DataType, StorableType } from '../../../src/domain/modules/dataType.ts';
import { TooManyProblems, TypeCheck } from '../../../src/domain/objects/check.ts';
import { counted } from '../../support/long.ts';

const storable = (data: DataType, metadata: StorableType['metadata'] = []): StorableType => ({
  typestring: 'Mod.Type-1.0',
  data,
  metadata,
});

async function checked(type: StorableType, text: string): Promise<TypeCheck> {
  const check = new TypeCheck(type);
  await readJson(Buffer.from(text), check).catch((error) => {
    if (!(error instanceof TooManyProblems)) throw error;
  });
  return check;
}

const problems = async (data: DataType, text: string) => (await checked(storable(data), text)).problems;

/** The same type as a JSON Schema, for an independent validator. */
function schemaOf(type: DataType): object {
  switch (type.kind) {
    case 'int':
      return { type: ['integer', 'null'] };
    case 'float':
      return { type: ['number', 'null'] };
    case 'string':
      return { type: type.id === undefined ? ['string', 'null'] : 'string' };
    case 'object':
      return { type: 'object' };
    case 'list':
      return { type: 'array', items: schemaOf(type.item) };
    case 'mapping':
      return { type: 'object', additionalProperties: schemaOf(type.value) };
    case 'tuple': {
      const { length } = type.items;
      return { type: 'array', items: type.items.map(schemaOf), minItems: length, maxItems: length };
    }
    case 'structure':
      return {
        type: 'object',
        properties: Object.fromEntries(type.fields.map((f) => [f.name, schemaOf(f.type)])),
        required: type.fields.filter((f) => !f.optional).map((f) => f.name),
      };
  }
}

const NAMES = ['a', 'b', 'c', 'd'];
const { type: types } = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fc.constantFrom<DataType>({ kind: 'int' }, { kind: 'float' }, { kind: 'string' }, { kind: 'object' }),
    fc.constant<DataType>({ kind: 'string', id: { idType: 'ws', attributes: [] } }),
    tie('type').map((item): DataType => ({ kind: 'list', item })),
    tie('type').map((value): DataType => ({ kind: 'mapping', key: { kind: 'string' }, value })),
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map((items): DataType => ({ kind: 'tuple', items })),
    fc
      .uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), type: tie('type'), optional: fc.boolean() }), {
        selector: (f) => f.name,
        maxLength: 4,
      })
      .map((fields): DataType => ({ kind: 'structure', fields })),
  ),
}));

const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, 1, -5, 1.5, -0.25, 'x'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES, 'other'), tie('value'), { noNullPrototype: true }),
  ),
})).value;

/** Data that fits the type, with occasional errors. */
function dataOf(type: DataType): fc.Arbitrary<unknown> {
  const right = (): fc.Arbitrary<unknown> => {
    switch (type.kind) {
      case 'int':
        return fc.integer();
      case 'float':
        return fc.constantFrom(0.5, 1, -2.25);
      case 'string':
        // An id must not be blank, which a schema does not say.
        return type.id === undefined ? fc.string() : fc.constantFrom('1/2', 'x');
      case 'object':
        return fc.dictionary(fc.string(), anything, { noNullPrototype: true });
      case 'list':
        return fc.array(dataOf(type.item), { maxLength: 3 });
      case 'mapping':
        return fc.dictionary(fc.constantFrom(...NAMES), dataOf(type.value), { noNullPrototype: true });
      case 'tuple':
        return fc.tuple(...type.items.map(dataOf));
      case 'structure': {
        const required = type.fields.filter((f) => !f.optional).map((f) => f.name);
        const model = Object.fromEntries(type.fields.map((f) => [f.name, dataOf(f.type)]));
        return fc.record(model, { requiredKeys: required, noNullPrototype: true });
      }
    }
  };
  return fc.oneof({ weight: 12, arbitrary: right() }, { weight: 1, arbitrary: anything });
}

describe('data', () => {
  it('is valid if it is by the JSON Schema of its type', async () => {
    const ajv = new Ajv({ strict: false, allowUnionTypes: true });
    let [right, wrong] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        types.chain((type) => fc.tuple(fc.constant(type), dataOf(type))),
        async ([type, data]) => {
          const fits = ajv.compile(schemaOf(type))(data);
          if (fits) right += 1;
          else wrong += 1;
          expect((await problems(type, JSON.stringify(data))).length === 0).toBe(fits);
        },
      ),
      counted(600, 100),
    );
    expect(Math.min(right, wrong)).toBeGreaterThan(30);
  });

  const structure = (type: DataType): DataType => ({
    kind: 'structure',
    fields: [{ name: 'a', type, optional: false }],
  });

  it.each<[DataType, string, string]>([
    [structure({ kind: 'int' }), '{}', "Object doesn't have required fields : [a], at "],
    [
      structure({ kind: 'int' }),
      '{"a":1.0}',
      'instance type (float) does not match any allowed primitive type (allowed: ["integer"]), at /a',
    ],
    [
      structure({ kind: 'int' }),
      '{"a":1e3}',
      'instance type (float) does not match any allowed primitive type (allowed: ["integer"]), at /a',
    ],
    [
      structure({ kind: 'float' }),
      '{"a":"1"}',
      'instance type (string) does not match any allowed primitive type (allowed: ["number"]), at /a',
    ],
    [
      structure({ kind: 'string' }),
      '{"a":{"b":1}}',
      'instance type (object) does not match any allowed primitive type (allowed: ["string"]), at /a',
    ],
    [
      structure({ kind: 'object' }),
      '{"a":null}',
      'instance type (null) does not match any allowed primitive type (allowed: ["object"]), at /a',
    ],
    [
      structure({ kind: 'tuple', items: [{ kind: 'int' }, { kind: 'int' }] }),
      '{"a":[1]}',
      'Array contains less than 2 items, at /a',
    ],
    [
      structure({ kind: 'tuple', items: [{ kind: 'int' }] }),
      '{"a":[1,2,3]}',
      'Array contains more than 1 items, at /a',
    ],
    [
      structure({ kind: 'string', id: { idType: 'ws', attributes: [] } }),
      '{"a":7}',
      'instance type (integer) not allowed for ID reference (allowed: ["string"]), at /a',
    ],
    [
      structure({ kind: 'string', id: { idType: 'ws', attributes: [] } }),
      '{"a":null}',
      'instance type (null) not allowed for ID reference (allowed: ["string"]), at /a',
    ],
    [
      { kind: 'mapping', key: { kind: 'string' }, value: { kind: 'int' } },
      '{"x/y~z":"1"}',
      'instance type (string) does not match any allowed primitive type (allowed: ["integer"]), at /x~1y~0z',
    ],
    [
      structure({ kind: 'int', range: { min: '1' } }),
      '{"a":0}',
      'Number value given (0.0) was less than minimum value accepted (1, inclusive) at /a',
    ],
    [
      structure({ kind: 'float', range: { max: '9007199254740992', maxExclusive: true } }),
      '{"a":9007199254740992.0}',
      'Number value given (9.007199254740992E15) was more than maximum value accepted (9.007199254740992E15, exclusive) at /a',
    ],
  ])('of the type %j is refused as %s, in the words of KBase', async (type, text, message) => {
    expect(await problems(type, text)).toEqual([message]);
  });

  it('may have fields that its type does not name, and null for a number', async () => {
    expect(await problems(structure({ kind: 'int' }), '{"a":null,"b":[{"c":1}]}')).toEqual([]);
    expect(await problems(structure({ kind: 'int' }), '{"a":123456789012345678901234567890}')).toEqual([]);
    expect(
      await problems(structure({ kind: 'int', range: { max: '9007199254740992' } }), '{"a":9007199254740993}'),
    ).toHaveLength(1);
  });

  it('is read only up to the tenth problem', async () => {
    const list: DataType = { kind: 'list', item: { kind: 'int' } };
    expect(await problems(structure(list), `{"a":[${'"x",'.repeat(1_000)}0]}`)).toHaveLength(10);
  });

  it('has what its type extracts from it', async () => {
    const type = storable(
      structure({
        kind: 'structure',
        fields: [{ name: 'l', type: { kind: 'list', item: { kind: 'int' } }, optional: true }],
      }),
      [
        { expression: 'a.l', name: 'never' },
        { expression: 'length(a.l)', name: 'many' },
        { expression: 'n', name: 'number' },
        { expression: 'absent', name: 'absent' },
      ],
    );
    const { metadata } = await checked(type, '{"a":{"l":[1,2,3]},"n":1.50}');
    expect(Object.fromEntries(metadata)).toEqual({ many: '3', number: '1.50' });
  });
});

describe('numbers', () => {
  it('are compared by value', () => {
    const number = fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -6, max: 6 }));
    const text = ([digits, power]: [number, number]) => `${digits}e${power}`;
    fc.assert(
      fc.property(number, number, (a, b) => {
        const exact = ([digits, power]: [number, number]) => BigInt(digits) * 10n ** BigInt(power + 6);
        const [x, y] = [exact(a), exact(b)];
        expect(Math.sign(compareDecimals(text(a), text(b)))).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
    expect(compareDecimals('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(compareDecimals('1.0', '1')).toBe(0);
    expect(compareDecimals('-0', '0.000')).toBe(0);
    expect(compareDecimals('1e999999999999', '2')).toBeGreaterThan(0);
  });
});
