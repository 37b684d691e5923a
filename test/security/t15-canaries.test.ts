import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type JsonSchema, schemaOf } from '../../src/base/schemas/validator.ts';
import type { Mail } from '../../src/notices/deliver.ts';
import { allCommands, allMethods } from '../../src/operations/index.ts';
import { dialects } from '../../src/server/dialects/dialects.ts';
import { type Call, calls, peopledHouse } from '../gate/calls.ts';
import { openPortal, type Portal, SECRET_KEY } from '../server/dialects/portal.ts';
import type { StoredRecord } from '../support/house.ts';
import { inTurn, LONG } from '../support/long.ts';

/**
 * T15: values of fields with the class `secret` or `sensitive` are planted in every command, method and route that takes one,
 * in calls that end in every way, and looked for wherever the service writes anything.
 */

interface Canary {
  readonly text: string;
  readonly of: 'secret' | 'sensitive';
  /** The call that it was planted in. */
  readonly where: string;
}

const canaries: Canary[] = [];

function canary(of: Canary['of'], where: string): string {
  const word = `canary${canaries.length}x${Math.random().toString(36).slice(2, 10)}`;
  canaries.push({ text: word, of, where });
  return of === 'sensitive' ? `${word}@example.org` : `${word} of a secret`;
}

/** The text, its encodings, and what has it within. */
const formsOf = ({ text }: Canary) => [text, Buffer.from(text).toString('base64').replace(/=+$/, '').slice(2, -2)];

/** How many characters the forms of almost all canaries begin with alike. */
const ALIKE = 6;

function seenIn(text: string, among: readonly Canary[]): string[] {
  // A long text is searched for each beginning once, and for whole forms only where it has that.
  const beginnings = new Map<string, boolean>();
  const isIn = (form: string) => {
    const beginning = form.slice(0, ALIKE);
    const begins = beginnings.get(beginning) ?? text.includes(beginning);
    beginnings.set(beginning, begins);
    return begins && text.includes(form);
  };
  return among.filter((planted) => formsOf(planted).some(isIn)).map(({ where, of }) => `${of} of ${where}`);
}

type Path = readonly string[];

interface Field {
  readonly path: Path;
  readonly of: Canary['of'];
  /** Whether it holds an object, such as the parameters of another command. */
  readonly isObject: boolean;
}

/** The paths of the fields of a class below a schema; `0` is the first item of a list. */
function pathsOf(schema: JsonSchema, path: Path = []): Field[] {
  const of = schema['x-class'];
  if (of === 'secret' || of === 'sensitive') return [{ path, of, isObject: schema.type === 'object' }];
  const { properties = {}, items } = schema as { properties?: Record<string, JsonSchema>; items?: JsonSchema };
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => pathsOf(inner, [...path, name])),
    ...(items === undefined ? [] : pathsOf(items, [...path, '0'])),
  ];
}

function withValue(params: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  return { ...(params as object), [key]: withValue((params as Record<string, unknown>)?.[key] ?? {}, rest, value) };
}

interface Taking {
  readonly name: string;
  readonly fields: readonly Field[];
}

const takers = (
  all: readonly { readonly name: string; readonly params?: Parameters<typeof schemaOf>[0] }[],
): Taking[] =>
  all.flatMap(({ name, params }) => {
    const fields = params === undefined ? [] : pathsOf(schemaOf(params));
    return fields.length === 0 ? [] : [{ name, fields }];
  });

const isProof = ({ path: [parameter] }: Field) => parameter === 'proof';
const COMMANDS = takers(allCommands).filter(({ fields }) => !fields.some(isProof));
/** Commands that take one of several proofs of identity, none of which a canary is. */
const PROVING = takers(allCommands).filter(({ fields }) => fields.some(isProof));
const METHODS = takers(allMethods);

/** Other calls than usual, for which the planted values are valid. */
const BASES: Readonly<Record<string, Call>> = { explain: { params: { command: 'setPassword', user: 'bea' } } };

/** A call of each method that takes a secret, without it. */
const METHOD_CALLS: Readonly<Record<string, object>> = {
  'Accounts.close_session': {},
  'Session.sign_in': { name: 'ann' },
  'Workspace.get_object': { workspace: 'ann:data', id: 'kept' },
  'Workspace.get_objectmeta': { workspace: 'ann:data', id: 'kept' },
  'Workspace.get_workspacemeta': { workspace: 'ann:data' },
  'Workspace.list_workspace_objects': { workspace: 'ann:data' },
  'Workspace.list_workspaces': {},
  'Workspace.save_object': { workspace: 'ann:data', id: 'saved', type: 'Owned.Thing', data: { n: 1 } },
};

let portal: Portal;
const mails: Mail[] = [];
beforeAll(async () => {
  const sendMail = async (mail: Mail) => {
    mails.push(mail);
  };
  portal = await openPortal({ house: await peopledHouse({ sendMail, secretKey: SECRET_KEY }) });
});
afterAll(() => portal[Symbol.asyncDispose]());

const envelopes = [
  (method: string, params: unknown) => ({ version: '1.1', id: '1', method, params: [params] }),
  (method: string, params: unknown) => ({ jsonrpc: '2.0', id: 1, method, params: [params] }),
];

interface Reply {
  readonly text: string;
  readonly refused: boolean;
}

async function ask(who: string, method: string, params: unknown, envelope = 0): Promise<Reply> {
  const body = envelopes[envelope]?.(method, params);
  const { text, body: reply } = await portal.ask('POST', '/', {
    body,
    headers: { authorization: portal.tokenOf(who) },
  });
  return { text, refused: reply?.error !== undefined };
}

const administer = (who: string, command: object, envelope = 0) => ask(who, 'Workspace.administer', command, envelope);

/** Plants a canary in every field with a class. */
function planted(name: string, { fields }: Taking, base: unknown, way: string): unknown {
  return fields.reduce<unknown>((params, { path, of, isObject }) => {
    const text = canary(of, `${name} ${path.join('.')}, ${way}`);
    return withValue(params, path, isObject ? { password: text } : text);
  }, base);
}

/** Values that no schema allows, each with the canary in it. */
const WRONG: readonly ((text: string) => unknown)[] = [
  (text) => [text],
  (text) => ({ [text]: text }),
  (text) => text.repeat(2_000),
  (text) => ({ $ne: text }),
];

/** One for each field, another for the next. */
const someWrong = inTurn(WRONG, 1);

/** Addresses in answers to whoever may see them are no leak; secrets are one everywhere. */
function expectUnseen({ text, refused }: Reply, since: number, shows: Canary['of'][] = []): void {
  const visible = refused ? [] : shows;
  expect(
    seenIn(
      text,
      canaries.slice(since).filter(({ of }) => !visible.includes(of)),
    ),
  ).toEqual([]);
}

describe('T15: a secret is in no answer', () => {
  it('of which there are fields in commands and methods', () => {
    expect(COMMANDS.map(({ name }) => name)).toEqual(expect.arrayContaining(['setPassword', 'createStaff', 'addUser']));
    expect(METHODS.map(({ name }) => name).toSorted()).toEqual(Object.keys(METHOD_CALLS).toSorted());
  });

  it.each(COMMANDS.map((taking) => [taking.name, taking] as const))('to %s, however it ends', async (name, taking) => {
    const { user, params } = BASES[name] ?? calls[name] ?? {};
    const call = (way: string, more: object = {}) => {
      const object = { command: name, ...(user === undefined ? {} : { user }), ...more };
      // Of accounts that are made, each has a name of its own.
      const made = params !== undefined && 'username' in params ? { username: `user${canaries.length}` } : {};
      return { ...object, params: planted(name, taking, { ...params, ...made }, way) };
    };
    const { effect, open, fullOnly, readOnly } = allCommands.find((command) => command.name === name) ?? {};
    const since = canaries.length;
    const ways: readonly [who: string, command: object, refused: boolean][] = [
      ['stranger', call('not an administrator'), true],
      ['reader', call('read-only'), (effect === 'write' && !readOnly) || fullOnly === true],
      ['limited', call('limited'), open !== true],
      ['boss', call('dry run', { dryRun: true }), false],
      ['boss', call('stale plan', { plan: '0'.repeat(64) }), true],
      ['boss', call('empty reason', { reason: '' }), true],
      ['boss', call('unknown option', { password: canary('secret', `${name}, beside params`) }), true],
      ['boss', { ...call('unknown key'), params: { other: canary('secret', `${name}, an unknown key`) } }, true],
      ['boss', { command: name, params: [canary('secret', `${name}, a list`)] }, true],
    ];
    for (const [i, [who, command, refused]] of ways.entries()) {
      const reply = await administer(who, command, i % 2);
      expect(reply.refused, `${who} ${JSON.stringify(command)}`).toBe(refused);
      expectUnseen(reply, since);
    }
    for (const { path, of } of taking.fields) {
      for (const [i, wrong] of someWrong().entries()) {
        const text = canary(of, `${name} ${path.join('.')}, of a wrong form`);
        const object = call('beside a wrong field');
        const reply = await administer(
          'boss',
          { ...object, params: withValue(object.params, path, wrong(text)) },
          i % 2,
        );
        expect(reply.refused).toBe(true);
        expectUnseen({ ...reply, text: reply.text.replaceAll(/has the unknown key [^"]*/g, '') }, since);
      }
    }
    const unknownUser = await administer('boss', { ...call('an unknown user'), user: 'nobody-knows' });
    expectUnseen(unknownUser, since, ['sensitive']);
    const done = call('carried out', { idempotencyKey: `key of ${name}`, reason: 'a reason' });
    const first = await administer('boss', done);
    expect(first.refused, first.text).toBe(false);
    expectUnseen(first, since, ['sensitive']);
    const again = await administer('boss', done);
    expectUnseen(again, since, ['sensitive']);
    if (effect === 'write') expect(again.text).toBe(first.text);
    const reused = { ...call('the key of another call'), idempotencyKey: `key of ${name}` };
    const other = await administer('boss', reused, 1);
    expect(other.refused).toBe(effect === 'write');
    expectUnseen(other, since);
  });

  it.each(PROVING.map((taking) => [taking.name, taking] as const))(
    'to %s, with any proof',
    async (name, { fields }) => {
      const { user, params } = calls[name] ?? {};
      const since = canaries.length;
      for (const [n, { path, of }] of fields.entries()) {
        const text = canary(of, `${name} ${path.join('.')}`);
        const values = [text, '0'.repeat(6) + text, ...someWrong().map((wrong) => wrong(text))];
        for (const [i, value] of values.entries()) {
          const { proof: _, ...others } = { proof: undefined, ...params };
          const object = {
            command: name,
            ...(user === undefined ? {} : { user }),
            params: withValue(others, path, value),
          };
          const options = [{}, { dryRun: true }, { idempotencyKey: `key ${i} of ${name}` }];
          // Each option with some of the values, which are others for each field.
          for (const more of LONG ? options : [options[(i + n) % options.length]]) {
            const reply = await administer('cec', { ...object, ...more }, i % 2);
            expect(reply.refused, `${path.join('.')} ${reply.text}`).toBe(true);
            expectUnseen({ ...reply, text: reply.text.replaceAll(/has the unknown key [^"]*/g, '') }, since);
          }
        }
      }
    },
  );

  it.each(METHODS.map((taking) => [taking.name, taking] as const))('to %s', async (name, taking) => {
    const base = METHOD_CALLS[name];
    const since = canaries.length;
    const viaRpc = !allMethods.find((method) => method.name === name)?.dialectOnly;
    if (!viaRpc) {
      const method = portal.gate.method(name);
      if (method === undefined) throw new Error(`there is no ${name}`);
      const origin = {
        requestId: 'r',
        authorization: portal.tokenOf('ann'),
        address: '192.0.2.1',
        socketAddress: '127.0.0.1',
      };
      const caller = await portal.gate.identify(method, origin);
      await portal.gate.call(method, { caller, params: [planted(name, taking, base, 'carried out')], origin });
      return;
    }
    for (const envelope of [0, 1]) {
      expectUnseen(await ask('ann', name, planted(name, taking, base, 'an invalid token'), envelope), since);
      for (const { path, of } of taking.fields) {
        for (const wrong of someWrong()) {
          const text = canary(of, `${name} ${path.join('.')}, of a wrong form`);
          const reply = await ask('ann', name, withValue(base, path, wrong(text)), envelope);
          expect(reply.refused).toBe(true);
          expectUnseen(reply, since);
        }
      }
    }
    // A valid token is no less secret.
    const token = portal.tokenOf('ann');
    canaries.push({ text: token.slice(-40), of: 'secret', where: `${name}, a valid token` });
    const [field] = taking.fields;
    const valid = await ask('bea', name, withValue(base, field?.path ?? [], token));
    // It is the password of no account.
    expect(valid.refused, valid.text).toBe(name === 'Session.sign_in');
    expectUnseen(valid, since);
  });
});

/** Fields of bodies and headers of routes that hold secrets. */
const SECRET_FIELD = /pass|secret|token|key/i;

const someSchemes = inTurn(['', 'Bearer ', 'JWT ', 'Token ', 'Basic '], 2);
const someCallers = inTurn(['boss', 'reader', 'ann'], 1);

const routes = dialects.flatMap((dialect) =>
  dialect.routes.map((route) => [`${route.verb} ${route.path}`, route] as const),
);

describe('T15: a secret is in no answer of a dialect', () => {
  it.each(routes)('to %s', async (name, { verb, path, body }) => {
    const since = canaries.length;
    const at = path.replaceAll(/\{\w+:([^}|]+)[^}]*\}/g, '$1').replaceAll(/\{\w+\}/g, 'x');
    const properties = Object.entries((body?.properties ?? {}) as object);
    const secrets = properties.filter(([field]) => SECRET_FIELD.test(field));
    const bodyOf = (way: string, value: (text: string) => unknown = (text) => text) =>
      Object.fromEntries(
        properties.map(([field]) => {
          if (SECRET_FIELD.test(field)) return [field, value(canary('secret', `${name} ${field}, ${way}`))];
          return [field, /mail/.test(field) ? canary('sensitive', `${name} ${field}, ${way}`) : `x${since}`];
        }),
      );
    const send = async (headers: Record<string, string>, sent?: unknown) => {
      const reply = await portal.ask(verb, at, {
        headers,
        ...(sent === undefined || verb === 'GET' ? {} : { body: sent }),
      });
      expectUnseen(
        { text: `${reply.text} ${JSON.stringify([...reply.headers])}`, refused: reply.status >= 400 },
        since,
        ['sensitive'],
      );
    };
    for (const scheme of someSchemes()) {
      await send(
        { authorization: `${scheme}${canary('secret', `${name}, Authorization`).replaceAll(' ', '')}` },
        bodyOf('a token'),
      );
    }
    await send({ cookie: `sessionid=${canary('secret', `${name}, Cookie`).replaceAll(' ', '')}` }, bodyOf('a cookie'));
    if (secrets.length === 0) return;
    for (const who of someCallers()) {
      const headers = { authorization: portal.tokenOf(who) };
      await send(headers, bodyOf(who));
      await send(
        headers,
        bodyOf('a list', (text) => [text]),
      );
      await send(headers, JSON.stringify(bodyOf('cut off')).slice(0, -2));
    }
  });

  it('that takes a secret key, a password or a token in its body', () => {
    const taking = routes.filter(([, { body }]) =>
      Object.keys((body?.properties ?? {}) as object).some((f) => SECRET_FIELD.test(f)),
    );
    expect(taking.map(([name]) => name)).toEqual(
      expect.arrayContaining(['POST /auth/admin', 'POST /login', 'POST /verifyToken']),
    );
  });
});

describe('T15: after all of this, no secret is', () => {
  it('in an audit record, as an auditor sees it or as it is stored', async () => {
    const records = await portal.records();
    expect(records.length).toBeGreaterThan(150);
    // Addresses are in no record either.
    expect(seenIn(JSON.stringify(records), canaries)).toEqual([]);
    const shown: StoredRecord[] = [];
    let cursor: string | undefined;
    do {
      const params = { limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
      const { result } = await portal.administer('reader', { command: 'getAudit', params });
      const page = result as { records: StoredRecord[]; next?: string };
      shown.push(...page.records);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(shown.length).toBeGreaterThanOrEqual(records.length);
    expect(seenIn(JSON.stringify(shown), canaries)).toEqual([]);
  });

  it('in any other collection; addresses are those of accounts alone', async () => {
    const names = (await portal.database.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const documents = await portal.database.db.collection(name).find().toArray();
      const kept = name === 'principals' ? documents.map(({ email: _, ...rest }) => rest) : documents;
      expect(seenIn(JSON.stringify(kept), canaries), name).toEqual([]);
    }
    // Those of accounts that were made are found there.
    expect(seenIn(JSON.stringify(await portal.contents('principals')), canaries)).not.toEqual([]);
    // What is encrypted is not merely encoded.
    const answers = await portal.contents('idempotency');
    const decoded = answers.map(({ result, sealed }) =>
      sealed ? Buffer.from(String(result), 'base64').toString() : result,
    );
    expect(answers.some(({ sealed }) => sealed === true)).toBe(true);
    expect(seenIn(JSON.stringify(decoded), canaries)).toEqual([]);
  });

  it('in the log, in the metrics, or in an e-mail', async () => {
    await vi.waitFor(() => expect(portal.logged().split('\n').length).toBeGreaterThan(300), { timeout: 60_000 });
    expect(seenIn(portal.logged(), canaries)).toEqual([]);
    expect(seenIn((await portal.ask('GET', '/metrics')).text, canaries)).toEqual([]);
    expect(seenIn(JSON.stringify(mails), canaries)).toEqual([]);
  });
});
