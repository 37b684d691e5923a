import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isMasked } from '../../src/base/log.ts';
import { type JsonSchema, schemaOf } from '../../src/base/schemas/validator.ts';
import { allCommands, allMethods } from '../../src/operations/index.ts';

const ROOT = fileURLToPath(new URL('../../schemas', import.meta.url));

/** Names of fields that sound as if their values were secret or personal. */
const SUSPICIOUS =
  /pass|pwd|secret|token|proof|code|key|auth|session|cookie|credential|otp|pin$|mail|phone|real_?name|full_?name|birth|salt/i;

/** Fields whose names sound so, with the reason why they have no class. */
const WITHOUT_CLASS: Readonly<Record<string, string>> = {
  'command.json idempotencyKey': 'the caller chooses it; only a digest of it is stored, and it proves nothing',
  'defs.json authority': 'the name of a kind of right',
  'endSession.json session': 'the id of a session, with which nobody can sign in',
  'Session_sign_in.json session': 'the id of a session, with which nobody can sign in',
  'Session_sign_out.json session': 'the id of a session, with which nobody can sign in',
  'removePasskey.json passkey': 'the id of a passkey, which its browser tells every page that it signs for',
  'config.json webauthn-rp-id': 'a domain',
  'saveDefs.json code_url': 'the public address of a program',
  'config.json auth-jwks-url': 'a public address',
  'config.json auth2-service-url': 'a public address',
  'config.json auth-jwt-audience': 'a name in tokens',
  'config.json auth-jwt-issuer': 'a name in tokens',
  'config.json auth-jwt-public-key-file': 'the name of a file with a public key',
  'config.json audit-signing-key-file': 'the name of a file, which is not the key',
  'config.json audit-previous-signing-key-file': 'the name of a file, which is not the key',
  'config.json auth-jwt-secret-file': 'the name of a file, which is not the secret',
};

interface Field {
  readonly file: string;
  readonly name: string;
  readonly schema: JsonSchema;
}

function* fieldsIn(file: string, schema: unknown): Generator<Field> {
  if (schema === null || typeof schema !== 'object') return;
  const { properties } = schema as { properties?: Record<string, JsonSchema> };
  for (const [name, inner] of Object.entries(properties ?? {})) yield { file, name, schema: inner };
  for (const inner of Object.values(schema)) yield* fieldsIn(file, inner);
}

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.json'));
const fields = files.flatMap((file) => [
  ...fieldsIn(file.replace(/^.*\//, ''), JSON.parse(readFileSync(`${ROOT}/${file}`, 'utf8'))),
]);

/** The schema with the one it refers to. */
function whole({ file, schema }: Field): JsonSchema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  return { ...schemaOf({ ref: $ref.startsWith('#') ? `${file}${$ref}` : $ref }), ...schema };
}

/** The names of all fields of this class and of those within them, as {@link schemaOf} resolves them. */
function classified(schema: unknown, name = ''): [string, unknown][] {
  if (schema === null || typeof schema !== 'object') return [];
  const own = (schema as JsonSchema)['x-class'];
  const inner = Object.entries(schema).flatMap(([key, value]) => classified(value, key === 'items' ? name : key));
  return own === undefined ? inner : [[name, own]];
}

const shapes = [...allCommands, ...allMethods].flatMap(({ params, result }) => [
  ...(params === undefined ? [] : [schemaOf(params)]),
  schemaOf(result),
]);

describe('the class of a field in the schemas', () => {
  it('is given, or its absence explained, wherever its name sounds secret or personal', () => {
    const texts = fields.filter((field) => {
      const { type } = whole(field);
      return SUSPICIOUS.test(field.name) && [type].flat().includes('string');
    });
    expect(texts.length).toBeGreaterThan(15);
    const without = texts.filter((field) => whole(field)['x-class'] === undefined);
    expect([...new Set(without.map(({ file, name }) => `${file} ${name}`))].toSorted()).toEqual(
      Object.keys(WITHOUT_CLASS).toSorted(),
    );
  });

  it('is one of the three', () => {
    const given = shapes.flatMap((schema) => classified(schema));
    expect(new Set(given.map(([, of]) => of))).toEqual(new Set(['secret', 'sensitive', 'content']));
  });

  it('stands where it is looked for: below properties, items, additionalProperties and combinations', () => {
    const reached = (schema: JsonSchema): number => {
      if (schema['x-class'] !== undefined) return 1;
      const { properties = {}, items, additionalProperties, allOf = [], anyOf = [], oneOf = [] } = schema;
      const inner = [...Object.values(properties as object), items, additionalProperties, allOf, anyOf, oneOf].flat();
      return inner
        .filter((x) => x !== null && typeof x === 'object')
        .reduce<number>((n, x) => n + reached(x as JsonSchema), 0);
    };
    for (const schema of shapes) expect(reached(schema)).toBe(classified(schema).length);
  });

  it('is known to the log by the names of the fields', () => {
    const names = shapes
      .flatMap((schema) => classified(schema))
      .filter(([, of]) => of !== 'content')
      .map(([name]) => name);
    expect(names.length).toBeGreaterThan(10);
    expect([...new Set(names)].filter((name) => !isMasked(name))).toEqual([]);
  });
});
