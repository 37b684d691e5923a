import { refuse } from '../../base/errors.ts';
import { type Fields, isObject } from '../../base/json/isObject.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Identified, Origin } from '../../gate/door.ts';
import {
  type Dialect,
  type DialectReply,
  type DialectRequest,
  FORM_BYTES,
  LIST_BYTES,
  type Route,
  type Success,
} from './dialect.ts';
import { assertGenuine, COOKIE, cookie, sessionIn } from './gnodeSession.ts';
import { message, refusal, unknownPath, wrongVerb } from './gnodeWire.ts';
import { isBelow } from './match.ts';
import { codeIn, fieldsOf, listOf, ok, open, pick, shape, TEXT } from './words.ts';

/*
 * The G-Node portal: objects, with whom they are shared, and logins. Everything runs as the caller; there is nothing
 * for administrators.
 */

const NAMESPACES = 'electrophysiology|metadata|datafiles';
const LIST = `/{namespace:${NAMESPACES}}/{type}/`;
const OBJECT = `${LIST}{id}/`;

interface Shared {
  readonly id: string;
  readonly type: string;
  readonly fields: Fields;
}

interface Session {
  readonly session: string;
  readonly seconds: number;
}

const selected = (caller: Identified | undefined): Fields =>
  message('Here is the list of requested objects.', 'object_selected', caller);

interface SharedPage {
  readonly objects: readonly Shared[];
  readonly offset?: number;
}

/** The body of an answer with these objects, below the namespace and type of the request. */
function listed({ objects, offset = 0 }: SharedPage, { path }: DialectRequest, caller: Identified | undefined): Fields {
  return {
    ...selected(caller),
    objects_selected: objects.length,
    selected_range: objects.length === 0 ? null : [offset, offset + objects.length - 1],
    selected: objects.map(({ id, fields }) => {
      const location = `/${path.namespace}/${path.type}/${encodeURIComponent(id)}/`;
      // The portal's Python client uses `id` and `location`.
      return { id, permalink: location, location, model: path.type, fields };
    }),
  };
}

const answerOne = (object: Shared, request: DialectRequest, caller: Identified | undefined): DialectReply =>
  ok(listed({ objects: [object] }, request, caller));

/** The words of flags, which may also be integers, as in the portal's server. */
const TRUE = /^(?:true|t|yes|y|on)$/i;
const FALSE = /^(?:false|f|no|n|off)$/i;

/** A flag in the query; the last value counts, as in Django. Undefined if it is absent. @throws invalid_params */
function flag({ query }: DialectRequest, name: string): boolean | undefined {
  const value = query.getAll(name).at(-1)?.trim();
  if (value === undefined) return undefined;
  if (/^[+-]?\d+$/.test(value)) return !/^[+-]?0+$/.test(value);
  if (TRUE.test(value)) return true;
  if (FALSE.test(value)) return false;
  throw refuse('invalid_params', `${name} must be true or false`);
}

/** Whether nested objects are changed too; the portal's first version called it `recursive`. @throws invalid_params */
function cascade(request: DialectRequest): boolean {
  const [cascade, recursive] = [flag(request, 'cascade'), flag(request, 'recursive')];
  if (cascade !== undefined && recursive !== undefined && cascade !== recursive) {
    throw refuse('invalid_params', 'cascade and recursive mean the same: send only one of them');
  }
  return cascade ?? recursive ?? false;
}

const SHARING_PARAMS = ['cascade', 'recursive', 'notify', 'mode'];
const MASS_PARAMS = ['id__in', 'bulk_update', ...SHARING_PARAMS];

/**
 * Refuses unknown parameters instead of ignoring them: they may be meant to limit what is shared. @throws
 * invalid_params
 */
function assertKnown({ query }: DialectRequest, known: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const named = cutToCharacters(unknown, 64);
  throw refuse('invalid_params', `There is no parameter ${named} here: there are ${known.join(', ')}`);
}

/**
 * The fields sent: the body itself or, as the portal also accepts, the value of its key `fields`. @throws parse_error
 */
function sent(request: DialectRequest): Fields {
  const body = fieldsOf(request);
  if (!Object.hasOwn(body, 'fields')) return body;
  if (!isObject(body.fields)) throw refuse('parse_error', 'fields must be a JSON object');
  return body.fields;
}

/** @throws parse_error, invalid_params */
function sharing(request: DialectRequest, params: readonly string[] = SHARING_PARAMS): Fields {
  assertKnown(request, params);
  const mode = request.query.get('mode');
  if (mode !== null && mode !== 'ignore') throw refuse('invalid_params', 'mode must be ignore');
  return {
    ...pick(sent(request), ['safety_level', 'shared_with']),
    cascade: cascade(request),
    skip: mode === 'ignore',
    notify: flag(request, 'notify') ?? false,
  };
}

/** @throws invalid_params */
function idsIn(request: DialectRequest): string[] {
  if (!flag(request, 'bulk_update')) throw refuse('invalid_params', 'bulk_update=1 is required to change many at once');
  const ids = (request.query.get('id__in') ?? '')
    .replace(/^\[(.*)\]$/s, '$1')
    .split(',')
    .map((id) => id.trim());
  if (ids.some((id) => id === '')) throw refuse('invalid_params', 'id__in must name the objects, as in id__in=[a,b]');
  return [...new Set(ids)];
}

/** Parameters for the format of the portal's answers, which are ignored here. */
const FORMAT_PARAMS = ['q', 'format', 'fk_mode', 'show_kids'];

function filtersIn(query: URLSearchParams): Fields {
  return Object.fromEntries([...query].filter(([name]) => !FORMAT_PARAMS.includes(name)));
}

/** @throws parse_error, invalid_params */
function newFields(request: DialectRequest): Fields {
  if (flag(request, 'bulk_update') === true) {
    throw refuse('invalid_params', 'bulk_update only changes permissions: POST it to acl/ below the type');
  }
  return sent(request);
}

const object = ({ path }: DialectRequest): Fields => ({ type: path.type, id: path.id });

const SHARING = shape({
  safety_level: { type: ['integer', 'string'], description: '1 public, 2 friendly, 3 private' },
  shared_with: { type: 'object', description: 'Users with 1 (read) or 2 (read and write).' },
});
const MESSAGE = { message: TEXT, message_type: TEXT, logged_in_as: { type: ['string', 'null'] } };
const MESSAGE_KEYS = ['message', 'message_type', 'logged_in_as'];
const SHARED: Success = {
  status: 200,
  body: open(
    {
      ...MESSAGE,
      safety_level: { type: 'integer', enum: [1, 2, 3] },
      shared_with: { type: 'object', additionalProperties: { type: 'integer', enum: [1, 2] } },
    },
    [...MESSAGE_KEYS, 'safety_level', 'shared_with'],
  ),
};
const OBJECT_KEYS = { id: TEXT, permalink: TEXT, location: TEXT, model: TEXT, fields: open({}) };
const LISTED: Success = {
  status: 200,
  body: shape(
    {
      ...MESSAGE,
      objects_selected: { type: 'integer' },
      selected_range: { type: ['array', 'null'], items: { type: 'integer' } },
      selected: listOf(shape(OBJECT_KEYS, Object.keys(OBJECT_KEYS))),
    },
    [...MESSAGE_KEYS, 'objects_selected', 'selected_range', 'selected'],
  ),
};
const CHANGES = {
  cascade: 'true: also change nested objects.',
  recursive: 'The same as cascade.',
  mode: 'ignore: leave out objects that you may not share, instead of changing nothing.',
  notify: 'true: notify users of what is shared with them.',
};

const loggedOut = (base: string): DialectReply => ({
  status: 200,
  headers: { 'Set-Cookie': cookie('', 0, base) },
  body: message('You are logged out.', 'logged_out', undefined),
});

function setting(verb: 'POST' | 'PUT'): Route {
  return {
    verb,
    path: `${OBJECT}acl/`,
    summary: 'Share an object: set its safety level, and all users with whom it is shared.',
    calls: { method: 'Gnode.set_sharing' },
    params: (request) => ({ ...object(request), ...sharing(request) }),
    query: CHANGES,
    answer: (shared: Fields, _, caller) => ok({ ...selected(caller), ...shared }),
    success: SHARED,
    maxBody: LIST_BYTES,
    body: SHARING,
  };
}

const routes: readonly Route[] = [
  {
    verb: 'POST',
    path: '/account/authenticate/',
    summary:
      'Log in with name and password, and with totp or recoveryCode if the account has an authenticator app; the answer sets the cookie of a session.',
    calls: { method: 'Accounts.open_session' },
    credential: (request) => {
      const fields = fieldsOf(request);
      const { username, password } = fields;
      if (typeof username !== 'string' || typeof password !== 'string') throw refuse('login_refused');
      const login = { username, password, ...codeIn(fields) };
      return { authorization: undefined, credential: { kind: 'password', of: 'others', ...login } };
    },
    answer: ({ session, seconds }: Session, { base }, caller) => ({
      status: 202,
      headers: { 'Set-Cookie': cookie(session, seconds, base) },
      body: message('Successfully authenticated.', 'authenticated', caller),
    }),
    success: { status: 202, body: shape(MESSAGE, MESSAGE_KEYS) },
    takes: 'form',
    maxBody: FORM_BYTES,
    body: shape({ username: TEXT, password: TEXT, totp: TEXT, recoveryCode: TEXT }, ['username', 'password']),
  },
  {
    verb: 'GET',
    path: '/account/logout/',
    summary: 'End the session.',
    calls: { method: 'Accounts.close_session' },
    // Replaces the dialect's credential, so that a missing session is not refused: the caller is logged out already.
    credential: ({ headers }) => credential(headers),
    params: ({ headers }) => ({ session: sessionIn(headers) }),
    answer: (_: null, { base }) => loggedOut(base),
    refusal: ({ kind }, { base }) => (kind === 'unauthenticated' ? loggedOut(base) : undefined),
    success: { status: 200, body: shape(MESSAGE, MESSAGE_KEYS) },
  },
  // Before the routes of objects, none of which can be called acl.
  {
    verb: 'POST',
    path: `${LIST}acl/`,
    summary: 'Share many objects in the same way, all of them or none.',
    calls: { method: 'Gnode.set_sharing_mass' },
    params: (request) => ({ type: request.path.type, ids: idsIn(request), ...sharing(request, MASS_PARAMS) }),
    query: { id__in: 'The objects, as in [a,b].', bulk_update: '1', ...CHANGES },
    needs: ['id__in', 'bulk_update'],
    answer: (objects: readonly Shared[], request, caller) => ok(listed({ objects }, request, caller)),
    success: LISTED,
    maxBody: LIST_BYTES,
    body: SHARING,
  },
  {
    verb: 'GET',
    path: LIST,
    summary: 'The objects of a type that the caller may read, a hundred at a time.',
    calls: { method: 'Gnode.list_objects' },
    params: ({ path, query }) => ({ type: path.type, filters: filtersIn(query) }),
    query: {
      offset: 'The index of the first object, from 0.',
      max_results: 'At most this many, instead of a hundred.',
      id__in: 'Only these objects, as in [a,b].',
      owner: 'Only those of a user, by id, profile number or name.',
      safety_level: '1 public, 2 friendly, 3 private.',
      name: 'Only those of this name; name__contains, name__icontains and others compare differently.',
    },
    answer: (page: SharedPage, request, caller) => {
      const none = page.objects.length === 0 ? message('No objects found.', 'no_objects_found', caller) : {};
      return ok({ ...listed(page, request, caller), ...none });
    },
    success: LISTED,
  },
  {
    verb: 'POST',
    path: LIST,
    summary: 'Make an object of the caller; its fields name its parents.',
    calls: { method: 'Gnode.create_object' },
    params: (request) => ({ type: request.path.type, fields: newFields(request) }),
    answer: (made: Shared, request, caller) => {
      const created = message('Object created successfully.', 'object_created', caller);
      return { status: 201, body: { ...listed({ objects: [made] }, request, caller), ...created } };
    },
    success: { ...LISTED, status: 201 },
    maxBody: 'content',
    body: shape({ name: { type: 'string' } }),
  },
  {
    verb: 'GET',
    path: `${OBJECT}acl/`,
    summary: 'The safety level of an object, and the users with whom it is shared, by id.',
    calls: { method: 'Gnode.get_sharing' },
    params: object,
    answer: (shared: Fields, _, caller) => ok({ ...selected(caller), ...shared }),
    success: SHARED,
  },
  setting('POST'),
  setting('PUT'),
  {
    verb: 'GET',
    path: OBJECT,
    summary: 'An object, with its owner and safety level; for its owner, also with whom it is shared.',
    calls: { method: 'Gnode.get_object' },
    params: object,
    answer: answerOne,
    success: LISTED,
  },
  {
    verb: 'POST',
    path: OBJECT,
    summary: 'Change the fields of an object.',
    calls: { method: 'Gnode.update_object' },
    params: (request) => ({ ...object(request), fields: sent(request) }),
    answer: answerOne,
    success: LISTED,
    maxBody: 'content',
    body: shape({ name: { type: 'string' } }),
  },
  {
    verb: 'DELETE',
    path: OBJECT,
    summary: 'Delete an object with its nested objects: for its owner, and users with whom it is shared at 2.',
    calls: { method: 'Gnode.delete_object' },
    params: (request) => ({ ...object(request), force: flag(request, 'force') ?? false }),
    query: { force: 'true: also a file that is shared with other users.' },
    answer: (_: null, _request, caller) => ok(message('Object was deleted.', 'deleted', caller)),
    success: { status: 200, body: shape(MESSAGE, MESSAGE_KEYS) },
  },
];

function credential(headers: DialectRequest['headers']): Pick<Origin, 'authorization' | 'credential'> {
  const id = sessionIn(headers);
  return { authorization: undefined, ...(id !== undefined && { credential: { kind: 'session', id } }) };
}

export const gnode: Dialect = {
  system: 'G-Node',
  security: { name: 'gnodeSession', scheme: { type: 'apiKey', in: 'cookie', name: COOKIE } },
  routes,
  refusalShape: open({ ...MESSAGE, details: TEXT }, [...MESSAGE_KEYS, 'details']),
  headers: { 'G-Node-Version': '1.0' },
  credential,
  assertGenuine,
  refusal,
  wrongVerb,
  optionalSlash: true,
  unknownPaths: {
    owns: isBelow(['/account', ...NAMESPACES.split('|').map((name) => `/${name}`)]),
    answer: unknownPath,
  },
};
