import { expect, it } from 'vitest';
import { readKbase } from '../../src/base/schemas/kbase.ts';

const SECRET = 'x-class';

it.each([
  [{ type: 'integer' }, 'canary'],
  [{ type: 'object', properties: { n: { type: 'integer' } } }, 'canary'],
  [{ type: 'object', properties: { n: { type: 'integer' } } }, { n: 'canary' }],
  [{ type: 'array', items: { type: 'integer' } }, ['canary']],
])('a secret of the wrong type is not repeated in the message: %j', (schema, value) => {
  const read = (of: object) => () => readKbase({ type: 'object', properties: { s: of } }, { s: value }, 'Params');
  expect(read(schema)).toThrow('canary');
  expect(read({ ...schema, [SECRET]: 'secret' })).toThrow('Cannot deserialize a secret value');
});

it('a secret text of the wrong type is refused in the words of KBase', () => {
  const schema = { type: 'object', properties: { auth: { type: 'string', [SECRET]: 'secret' } } };
  expect(() => readKbase(schema, { auth: {} }, 'Params')).toThrow(
    'Cannot deserialize instance of `java.lang.String` out of START_OBJECT token',
  );
});
