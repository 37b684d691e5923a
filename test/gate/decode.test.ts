import { describe, expect, it } from 'vitest';
import { type CommandObject, decode, withParamFromTarget, withTargetFromParams } from '../../src/gate/decode.ts';

const OPTIONS = { reason: undefined, dryRun: undefined, idempotencyKey: undefined, plan: undefined };
const read = (fields: object) => decode({ command: 'x', ...fields });
const messageOf = (object: unknown): string => {
  try {
    decode(object);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was decoded');
};

const MALFORMED = 'Unable to deserialize a workspace admin command from the input: ';
const CLASS = 'us.kbase.workspace.kbase.admin.AdminCommand';
const notFrom = (kind: string, shown: string) =>
  `Cannot construct instance of \`${CLASS}\` (although at least one Creator exists): ` +
  `no ${kind}-argument constructor/factory method to deserialize from ${kind} value (${shown})`;

describe('the command object', () => {
  it('is read with all its keys, each of which may be absent', () => {
    const options = { reason: 'r', dryRun: true, idempotencyKey: 'k', plan: 'p' };
    expect(decode({ command: 'x', user: 'u', module: 'm', params: [1], ...options })).toEqual({
      ...{ command: 'x', user: 'u', module: 'm', params: [1], options },
    });
    expect(decode({})).toEqual({
      ...{ command: null, user: undefined, module: undefined, params: undefined, options: OPTIONS },
    });
  });

  it.each([
    ['text', 'text'],
    [5, '5'],
    [1.5, '1.5'],
    [true, 'true'],
    [false, 'false'],
    [null, null],
  ])('has texts, as which numbers and booleans are read: %j', (sent, taken) => {
    expect(decode({ command: sent, user: sent, module: sent })).toMatchObject({
      ...{ command: taken, user: taken, module: taken },
    });
  });

  it.each<[unknown, string]>([
    [null, 'it is null'],
    [undefined, 'it is null'],
    [[], `Cannot deserialize instance of \`${CLASS}\` out of START_ARRAY token`],
    ['x', notFrom('String', "'x'")],
    ['x'.repeat(65), notFrom('String', `'${'x'.repeat(64)}'`)],
    [true, notFrom('Boolean', 'true')],
    [5, notFrom('Number', '5')],
    [{ command: [] }, 'Cannot deserialize instance of `java.lang.String` out of START_ARRAY token'],
    [{ user: {} }, 'Cannot deserialize instance of `java.lang.String` out of START_OBJECT token'],
  ])('is refused in the words of KBase: %j', (object, said) => {
    expect(messageOf(object)).toBe(MALFORMED + said);
  });

  it('with an unknown key is refused with those that are known', () => {
    const known = ['command', 'module', 'params', 'user', 'reason', 'dryRun', 'idempotencyKey', 'plan'].concat([
      ...['approval', 'runWhenApproved'],
    ]);
    const said = (key: string) =>
      `${MALFORMED}Unrecognized field "${key}" (class ${CLASS}), not marked as ignorable ` +
      `(10 known properties: ${known.map((k) => `"${k}"`).join(', ')}])`;
    expect(messageOf({ command: 'x', foo: 1 })).toBe(said('foo'));
    expect(messageOf({ ['y'.repeat(65)]: 1 })).toBe(said('y'.repeat(64)));
  });
});

describe('the target', () => {
  const fromParams = (fields: object) => withTargetFromParams(read(fields));

  it('may be sent in the parameters where the command object has none', () => {
    expect(fromParams({ params: { user: 'u', limit: 1 } })).toMatchObject({ user: 'u', params: { limit: 1 } });
    expect(fromParams({ params: { user: 5 } })).toMatchObject({ user: '5', params: {} });
    expect(fromParams({ params: { user: null } })).toMatchObject({ user: null, params: {} });
  });

  it.each([
    { user: 'u', params: { user: 'v' } },
    { user: null, params: { user: 'v' } },
    { params: { limit: 1 } },
    { params: null },
    { params: 'user' },
    { params: ['user'] },
    {},
  ])('stays as it is otherwise: %j', (fields) => {
    const decoded = read(fields);
    expect(withTargetFromParams(decoded)).toBe(decoded);
  });

  it('is not taken from what every object has', () => {
    const decoded = read({ params: Object.create({ user: 'inherited' }) });
    expect(withTargetFromParams(decoded)).toBe(decoded);
  });
});

describe('a parameter called user', () => {
  it('may be sent in the command object', () => {
    const moved: CommandObject = withParamFromTarget(read({ user: 'u', params: { limit: 1 } }));
    expect(moved).toMatchObject({ user: undefined, params: { limit: 1, user: 'u' } });
    expect(withParamFromTarget(read({ user: 'u' }))).toMatchObject({ user: undefined, params: { user: 'u' } });
  });

  it.each([
    { user: 'u', params: { user: 'v' } },
    { user: 'u', params: null },
    { user: 'u', params: [] },
    { user: 'u', params: 'x' },
    { user: null, params: {} },
    { params: {} },
  ])('stays where it is otherwise: %j', (fields) => {
    const decoded = read(fields);
    expect(withParamFromTarget(decoded)).toBe(decoded);
  });
});
