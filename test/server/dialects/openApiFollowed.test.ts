import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../../support/long.ts';
import { type GeneratedClient, pythonClient, type ToGenerate, typescriptClient } from './generated/clients.ts';
import { type Account, jwt, newAdmin, newStaff } from './iiifStaff.ts';
import { openPortal, type Portal, type PortalReply, SECRET_KEY } from './portal.ts';

/** Every route is called as `/openapi.json` describes it, and must answer as described. */

const PASSWORD = 'a password';
const encoded = (id: string) => Buffer.from(id).toString('base64url');

interface Schema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly 'application/json': { readonly schema: object } } }>
  >;
}
interface Described {
  readonly path: string;
  readonly verb: string;
  readonly operation: Operation;
}

/** The values for the parameters of the description, which alone says where they go and which keys a body has. */
interface Filling {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

// Not strict, because of OpenAPI's formats and union types.
const ajv = new Ajv2020({ strict: false, allErrors: true });
// The package exports its function in the manner of CommonJS.
(ajvFormats as unknown as (to: Ajv2020) => void)(ajv);

let portal: Portal;
let described: readonly Described[];
let admin: Account;
let staff: Account;
let cookie: string;
/** The generated client; undefined for the tests themselves. */
let generated: GeneratedClient | undefined;
const ids = new Map<string, string>();
async function open(): Promise<void> {
  portal = await openPortal();
  const { paths } = (await portal.ask('GET', '/openapi.json')).body;
  described = Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb: verb.toUpperCase(), operation })),
  );
  admin = await newAdmin(portal, 'ada');
  staff = await newStaff(portal, admin, 'sam');
  await portal.meet('boss');
  for (const name of ['bob', 'eve']) {
    ids.set(name, (await portal.run('addUser', undefined, name)).id);
    await portal.run('setPassword', { password: PASSWORD }, name);
  }
  const owners = [{ accountType: 'User', owner: 'bob' }];
  const make = (type: string, name: string, externalId: string) =>
    portal.run('createResource', { type, name, externalId, owners });
  for (const [type, name] of [
    ['block', 'B1'],
    ['screen', 'S1'],
    ['folders', '/@Catalog/shared/F'],
    ['workbooks', '/@Catalog/shared/W'],
  ] as const) {
    await make(type, name, name);
  }
}

const operationOf = (id: string): Described => {
  const found = described.find(({ operation }) => operation.operationId === id);
  if (found === undefined) throw new Error(`no operation ${id}: ${described.map((d) => d.operation.operationId)}`);
  return found;
};

function credentialsFor(system: string): Record<string, string> {
  if (system === 'IIIF') return jwt(admin.token).headers;
  return system === 'G-Node' ? { cookie } : { authorization: `Bearer ${portal.tokenOf('boss')}` };
}

/** Sends a request as described, with these values. */
async function send(
  { path, verb, operation }: Described,
  { path: places = {}, query = {}, body }: Filling,
  anonymous = false,
) {
  for (const { name, in: place, required } of operation.parameters ?? []) {
    if (required) expect(place === 'path' ? places : query, `${operation.operationId} ${name}`).toHaveProperty(name);
  }
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places[name] ?? ''));
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const text = Object.keys(query).length === 0 ? '' : `?${new URLSearchParams(query)}`;
  const isForm = type === 'application/x-www-form-urlencoded';
  // The only required key of a body is taken from the description.
  const [only, ...others] = content?.schema.required ?? [];
  const sent = body !== undefined && 'only' in body && others.length === 0 ? { [only ?? '']: body.only } : body;
  for (const key of content?.schema.required ?? []) expect(sent, operation.operationId).toHaveProperty(key);
  const credentials = anonymous || operation.security.length === 0 ? {} : credentialsFor(operation.tags[0] ?? '');
  if (generated !== undefined)
    return sendGenerated(operation.operationId, { path: places, query, body: sent }, credentials);
  return portal.ask(verb, `${filled}${text}`, {
    ...(type === undefined
      ? {}
      : { body: isForm ? new URLSearchParams(sent as Record<string, string>).toString() : sent }),
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...credentials },
  });
}

async function sendGenerated(id: string, filling: Filling, headers: Record<string, string>): Promise<PortalReply> {
  const { path = {}, query = {}, body } = filling;
  const answer = await generated?.call({ url: portal.url, id, path, query, body, headers });
  if (answer === undefined) throw new Error('there is no generated client');
  expect(answer.isTyped, `${id} ${answer.text}`).toBe(true);
  const { status, text } = answer;
  return {
    status,
    text,
    headers: new Headers({ 'set-cookie': answer.cookie }),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function expectAsDescribed({ operation }: Described, reply: PortalReply): void {
  const { operationId, responses } = operation;
  const described = responses[String(reply.status)] ?? responses.default;
  const schema = described?.content?.['application/json'].schema;
  if (schema === undefined) {
    expect(reply.text, operationId).toBe('');
    return;
  }
  const isValid = ajv.validate(schema, reply.body);
  expect([isValid, ajv.errorsText(), reply.text], operationId).toEqual([true, 'No errors', reply.text]);
}

async function succeed(id: string, filling: Filling = {}): Promise<PortalReply> {
  const operation = operationOf(id);
  const reply = await send(operation, filling);
  expect(operation.operation.responses, `${id} ${reply.status} ${reply.text}`).toHaveProperty(String(reply.status));
  expectAsDescribed(operation, reply);
  followed.add(id);
  return reply;
}
const followed = new Set<string>();

const IIIF_TYPES = ['sequence', 'canvas', 'annotation', 'list', 'range', 'layer'];

/** What a script must know of an operation to call it. */
function toGenerate({ path, verb, operation }: Described): ToGenerate {
  const { operationId, parameters = [], requestBody, responses } = operation;
  const [type] = Object.keys(requestBody?.content ?? {});
  const has = (place: string) => parameters.some((parameter) => parameter.in === place);
  const answer = Object.entries(responses).some(
    ([status, { content }]) => status.startsWith('2') && content !== undefined,
  );
  return {
    ...{ id: operationId, verb, path, isForm: type === 'application/x-www-form-urlencoded' },
    has: { path: has('path'), query: has('query'), body: type !== undefined, answer },
  };
}

/** Generated clients need their generators from npm and PyPI, and take minutes. */
const CLIENTS: readonly (readonly [string, () => Promise<GeneratedClient | undefined>])[] = [
  ['the tests themselves', async () => undefined],
  ...(!LONG
    ? []
    : ([
        ['a client by openapi-typescript', async () => typescriptClient(await api(), described.map(toGenerate))],
        ['a client by openapi-python-client', async () => pythonClient(await api())],
      ] as const)),
];

const api = async () => (await portal.ask('GET', '/openapi.json')).body;

describe.each(CLIENTS)('/openapi.json, used by %s,', (_, openClient) => {
  beforeAll(async () => {
    await open();
    followed.clear();
    generated = await openClient();
  }, 600_000);
  afterAll(async () => {
    await generated?.[Symbol.asyncDispose]();
    generated = undefined;
    await portal[Symbol.asyncDispose]();
  });

  it('describes for every operation the status and the shape of a success, and the shape of refusals', () => {
    for (const { operation } of described) {
      const [success, ...others] = Object.keys(operation.responses).filter((status) => status !== 'default');
      expect([success, others], operation.operationId).toEqual([expect.stringMatching(/^[2-4]\d\d$/), []]);
      expect(operation.responses.default?.content?.['application/json'].schema).toBeInstanceOf(Object);
    }
  });

  it('matches the answers of G-Node', async () => {
    const login = { body: { username: 'bob', password: PASSWORD } };
    const { headers } = await succeed('G_Node_POST_account_authenticate', login);
    cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const path = { namespace: 'electrophysiology', type: 'block', id: 'B1' };
    const operations = described.filter(({ operation }) => operation.tags[0] === 'G-Node');
    for (const { operation, path: template } of operations) {
      if (template.startsWith('/account')) continue;
      const isBulk = template.endsWith('{type}/acl/');
      const query = isBulk ? { id__in: '[B1]', bulk_update: '1' } : {};
      const body = template.endsWith('acl/')
        ? { safety_level: 2, shared_with: { [ids.get('eve') ?? '']: 1 } }
        : { name: 'b' };
      await succeed(operation.operationId, { path, query, ...(operation.requestBody === undefined ? {} : { body }) });
    }
    await succeed('G_Node_GET_account_logout');
  });

  it('matches the answers of Oracle Analytics and Image Artist', async () => {
    const P = 'Oracle_Analytics_';
    const workbook = { type: 'workbooks', id: encoded('/@Catalog/shared/W') };
    await succeed(`${P}GET_api_20210901_catalog`);
    await succeed(`${P}GET_api_20210901_catalog`, { query: { search: '*' } });
    await succeed(`${P}GET_api_20210901_catalog_type`, { path: { type: 'workbooks' } });
    await succeed(`${P}GET_api_20210901_catalog_type_id`, { path: workbook });
    await succeed(`${P}POST_api_20210901_catalog_type_id_actions_changeOwnership`, {
      path: workbook,
      body: { accountType: 'User', owner: 'eve' },
    });
    const folder = { name: 'made', parentId: encoded('/@Catalog/shared/F') };
    const made = await succeed(`${P}POST_api_20210901_catalog_folders`, { body: folder });
    const copied = await succeed(`${P}POST_api_20210901_catalog_type_id_actions_copy`, {
      path: workbook,
      body: { destParentId: made.body.id, newItemName: 'copy' },
    });
    const copy = { type: 'workbooks', id: copied.body.id };
    await succeed(`${P}POST_api_20210901_catalog_type_id_actions_updateACL`, {
      path: copy,
      body: { aclList: [{ accountGuid: 'eve', accountType: 'User', permissions: { read: true } }] },
    });
    await succeed(`${P}POST_api_20210901_catalog_type_id_actions_getACL`, { path: copy });
    await succeed(`${P}POST_api_20210901_catalog_type_id_actions_move`, { path: copy, body: { newItemName: 'moved' } });
    await succeed(`${P}GET_api_20210901_catalog_type_id`, {
      path: { type: 'folders', id: made.body.id },
      query: { search: '*' },
    });
    await succeed(`${P}DELETE_api_20210901_catalog_folders_id`, {
      path: { id: made.body.id },
      query: { recursive: 'true' },
    });
    const owners = [{ accountType: 'User', owner: 'bob' }];
    await portal.run('createResource', { type: 'connections', name: 'c', externalId: "'bob'.'c'", owners });
    await succeed(`${P}DELETE_api_20210901_catalog_connections_id`, { path: { id: encoded("'bob'.'c'") } });
    await succeed('Image_Artist_GET_datasets', { query: { owner: ids.get('bob') ?? '' } });
    await succeed('Image_Artist_PUT_change_owner_old_owner_id_new_owner_id', {
      path: { old_owner_id: ids.get('bob') ?? '', new_owner_id: ids.get('eve') ?? '' },
    });
  });

  it('matches the answers for accounts of IIIF', async () => {
    const account = (name: string) => ({ username: name, email: `${name}@example.org`, password: PASSWORD });
    await succeed('IIIF_POST_auth_admin', { body: { ...account('adb'), secretKey: SECRET_KEY } });
    const made = await succeed('IIIF_POST_auth_staff', { body: account('sal') });
    await succeed('IIIF_GET_auth_staff');
    await succeed('IIIF_PUT_auth_staff_id', { path: { id: made.body.id }, body: { username: 'sally' } });
    const { body } = await succeed('IIIF_POST_login', { body: { username: 'sally', password: PASSWORD } });
    await succeed('IIIF_POST_verifyToken', { body: { token: body.token } });
    await succeed('IIIF_DELETE_auth_staff_id', { path: { id: made.body.id } });
    await succeed('IIIF_DELETE_activity');
    await succeed('IIIF_DELETE_activity_id', { path: { id: '1' } });
  });

  it('matches the answers for objects of IIIF', async () => {
    const manifest = { path: { identifier: 'mine' } };
    await succeed('IIIF_POST_identifier_manifest', { ...manifest, body: { only: { label: 'A book' } } });
    await succeed('IIIF_GET_identifier_manifest', manifest);
    await succeed('IIIF_GET_identifier_manifest_search', { ...manifest, query: { q: 'word' } });
    await succeed('IIIF_PUT_identifier_manifest', { ...manifest, body: { only: { label: 'The book' } } });
    await succeed('IIIF_POST_collections', {
      body: { only: { '@id': `${portal.url}/collections/shelf`, label: 'S' } },
    });
    await succeed('IIIF_GET_collections');
    await succeed('IIIF_GET_collections_name', { path: { name: 'shelf' } });
    await succeed('IIIF_PUT_collections_name', { path: { name: 'shelf' }, body: { only: { label: 'T' } } });
    const permission = {
      username: staff.name,
      action: 'ADD',
      collections: [],
      manifests: [`${portal.url}/mine/manifest`],
    };
    await succeed('IIIF_PUT_auth_admin_updatePermission', { body: permission });
    await succeed('IIIF_GET_search_type', { path: { type: 'manifest' }, query: { ownedBy: staff.name } });
    for (const type of IIIF_TYPES) {
      const object = { '@id': `${portal.url}/mine/${type}/one`, label: `One ${type}` };
      const path = { identifier: 'mine', name: 'one' };
      await succeed(`IIIF_POST_identifier_${type}`, { path, body: { only: object } });
      await succeed(`IIIF_GET_identifier_${type}`, { path });
      await succeed(`IIIF_GET_identifier_${type}_name`, { path });
      await succeed(`IIIF_PUT_identifier_${type}_name`, { path, body: { only: { label: `An ${type}` } } });
      await succeed(`IIIF_DELETE_identifier_${type}_name`, { path });
    }
    await succeed('IIIF_DELETE_collections_name', { path: { name: 'shelf' } });
    await succeed('IIIF_DELETE_identifier_manifest', manifest);
  });

  it('was tested for every operation', () => {
    const left = described.map(({ operation }) => operation.operationId).filter((id) => !followed.has(id));
    expect(left).toEqual([]);
  });

  it('matches refusals: without a credential, and of a missing object', async () => {
    if (generated !== undefined) return;
    for (const operation of described) {
      const places = Object.fromEntries((operation.operation.parameters ?? []).map(({ name }) => [name, 'nothing1']));
      const path = { ...places, namespace: 'metadata', type: 'section' };
      const isOpen = operation.operation.security.length === 0;
      const required = Object.values(operation.operation.requestBody?.content ?? {})[0]?.schema.required ?? [];
      const sent = Object.fromEntries(required.map((key) => [key, 'nothing']));
      const reply = await send(operation, { path, query: places, body: sent }, true);
      if (!isOpen) expect(reply.status, operation.operation.operationId).toBe(401);
      expectAsDescribed(operation, reply);
    }
  });
});
