import metaSchema from '@open-rpc/meta-schema';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue, codeOf, type Reason } from '../../../src/base/errors.ts';
import type { OpenRpcDocument } from '../../../src/base/schemas/generated.ts';
import { allCommands, rpcMethods } from '../../../src/operations/index.ts';
import { openHouse, originOf, SECRET, type TestHouse, type Who } from '../../support/house.ts';
import { LONG, spread } from '../../support/long.ts';

/** The answer of `rpc.discover` to this caller; anonymous when absent. */
async function discover(house: TestHouse, user?: Who): Promise<OpenRpcDocument> {
  const method = house.gate.method('rpc.discover');
  if (method === undefined) throw new Error('there is no rpc.discover');
  const origin = { ...originOf(user ?? 'nobody'), ...(user === undefined ? { authorization: undefined } : {}) };
  const { result } = await house.gate.call(method, {
    caller: await house.gate.identify(method, origin),
    params: [],
    origin,
  });
  return JSON.parse(JSON.stringify(result));
}

const namesOf = ({ methods }: OpenRpcDocument) => methods.map(({ name }) => name);
const commandsOf = (document: OpenRpcDocument) => document['x-commands'].map(({ name }) => name);

/** The commands that the default policy gives to a full administrator. */
const byDefault = allCommands.filter((c) => !c.onlyByRule);

describe('what a caller discovers', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house[Symbol.asyncDispose]());

  it('without a token is what can be called without one', async () => {
    const document = await discover(house);
    expect(namesOf(document)).toEqual(rpcMethods.filter((m) => m.auth !== 'required').map((m) => m.name));
    expect(document['x-commands']).toEqual([]);
  });

  it('as an ordinary user is every method, but no command', async () => {
    const document = await discover(house, 'ann');
    expect(namesOf(document)).toEqual(rpcMethods.map((m) => m.name));
    expect(document['x-commands']).toEqual([]);
  });

  it('as an administrator includes every command', async () => {
    const document = await discover(house, 'boss');
    expect(namesOf(document)).toEqual([...rpcMethods.map((m) => m.name), 'Workspace.administer']);
    expect(commandsOf(document)).toEqual(byDefault.map((c) => c.name));
  });

  it('as a limited administrator is what listCommands says they may run', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann', 'ben');
    await house.administer('boss', { command: 'addAdmin', user: 'ann', params: { role: 'readOnly' } });
    await house.administer('boss', {
      command: 'addAdmin',
      user: 'ben',
      params: { commands: ['addUser', 'lockWorkspace'] },
    });
    for (const user of ['ann', 'ben']) {
      const listed = (await house.administer(user, { command: 'listCommands' })).result as {
        name: string;
        allowed: boolean;
      }[];
      const allowed = listed.filter((c) => c.allowed).map((c) => c.name);
      expect(commandsOf(await discover(house, user))).toEqual(allowed);
      expect(allowed.length).toBeLessThan(allCommands.length);
    }
  });

  it('as a service that acts for an administrator is what both may', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'portal');
    const params = { commands: ['listUsers', 'addUser'], delegatedOnly: true };
    await house.administer('boss', { command: 'addAdmin', user: 'portal', params });
    const claims = { sub: 'boss', preferred_username: 'boss', act: { sub: 'portal', preferred_username: 'portal' } };
    const token = jwt.sign({ ...claims, exp: Math.floor(Date.now() / 1000) + 600 }, SECRET);
    const document = await discover(house, { token });
    const open = allCommands.filter((command) => command.open).map((command) => command.name);
    expect(open).toContain('openTicket');
    expect(commandsOf(document)).toEqual(
      allCommands.map(({ name }) => name).filter((name) => [...open, 'addUser', 'listUsers'].includes(name)),
    );
    const may = rpcMethods.filter((m) => m.open === true || m.auth === 'none').map((m) => m.name);
    expect(namesOf(document)).toEqual([...may, 'Workspace.administer']);
  });

  it('changes when a right is withdrawn', async () => {
    await using house = await openHouse();
    await house.meet('boss', 'ann');
    await house.administer('boss', { command: 'addAdmin', user: 'ann' });
    expect(namesOf(await discover(house, 'ann'))).toContain('Workspace.administer');
    await house.administer('boss', { command: 'removeAdmin', user: 'ann' });
    expect(namesOf(await discover(house, 'ann'))).not.toContain('Workspace.administer');
  });

  it('is refused for an invalid token', async () => {
    await expect(discover(house, { token: 'no token' })).rejects.toMatchObject({ reason: 'token_invalid' });
  });
});

describe('the document', () => {
  let house: TestHouse;
  /** For a full administrator. */
  let document: OpenRpcDocument;
  let ajv: Ajv;
  beforeAll(async () => {
    house = await openHouse();
    document = await discover(house, 'boss');
    ajv = compiler(document);
  });
  afterAll(() => house[Symbol.asyncDispose]());

  const meta = new Ajv({ strict: false });
  formats.default(meta);
  const isOpenRpc = meta.compile(withDraft07(metaSchema));

  it.each(LONG ? [undefined, 'ann', 'boss'] : ['boss'])('is valid OpenRPC for %s', async (user) => {
    isOpenRpc(await discover(house, user));
    expect(isOpenRpc.errors).toBeNull();
  });

  it('is self-contained: every reference leads to a component, and every schema compiles', async () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
    expect(references.length).toBeGreaterThan(100);
    for (const ref of new Set(references)) expect(at(document, ref), ref).toBeDefined();
    for (const name of spread(Object.keys(document.components.schemas), 80)) {
      expect(() => ajv.compile({ $ref: `openrpc#/components/schemas/${name}` }), name).not.toThrow();
    }
  });

  it('describes administer so that each example is valid only for its own command', async () => {
    const last = document.methods.length - 1;
    const isCommand = ajv.compile({ $ref: `openrpc#/methods/${last}/params/0/schema` });
    const { examples } = document.methods[last] as unknown as { examples: { params: [{ value: object }] }[] };
    expect(examples).toHaveLength(byDefault.flatMap((c) => c.examples).length);
    for (const { params } of examples) {
      expect(isCommand(params[0].value), JSON.stringify([params[0].value, isCommand.errors])).toBe(true);
      expect(isCommand({ ...params[0].value, dryrun: true })).toBe(false);
    }
    expect(isCommand({ command: 'addAdmin' })).toBe(false);
    expect(isCommand({ command: 'noSuchCommand' })).toBe(false);
  });

  it('marks deprecated methods, and whether a token is needed', async () => {
    const { methods } = await discover(house, 'ann');
    for (const declared of rpcMethods) {
      const found = methods.find(({ name }) => name === declared.name);
      expect(found?.['x-auth']).toBe(declared.auth);
      expect(found?.deprecated).toBe(declared.deprecated === undefined ? undefined : true);
    }
  });

  it('has every reason of the catalogue under its code, with advice', async () => {
    const { components } = await discover(house);
    const shown = Object.values(components.errors) as { code: number; data: { reasons: { reason: string }[] } }[];
    expect(new Set(shown.map((e) => e.code)).size).toBe(shown.length);
    const reasons = shown.flatMap((e) => e.data.reasons.map(({ reason }) => [reason, e.code]));
    const { http_get: _noCallIsOne, ...others } = catalogue;
    expect(Object.fromEntries(reasons)).toEqual(
      Object.fromEntries(Object.keys(others).map((r) => [r, codeOf(r as Reason)])),
    );
  });
});

function compiler(document: OpenRpcDocument): Ajv {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  return ajv.addSchema({ ...document, $id: 'openrpc' });
}

/** What a reference within the document leads to. */
function at(document: object, ref: string): unknown {
  expect(ref).toMatch(/^#\//);
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], document);
}

/** Replaces the meta-schema of JSON Schemas, to which the meta-schema of OpenRPC refers. */
function withDraft07(schema: object): object {
  const draft07 = 'http://json-schema.org/draft-07/schema';
  const text = JSON.stringify(schema)
    .replaceAll('https://meta.json-schema.tools/#/definitions/JSONSchemaObject', `${draft07}#`)
    .replaceAll('https://meta.json-schema.tools', draft07);
  return { ...JSON.parse(text), $schema: `${draft07}#` };
}
