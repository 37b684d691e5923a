import { refuse } from '../../base/errors.ts';
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
import { type Fields, fieldsOf, isObject, listOf, open, picked, shape, TEXT } from './words.ts';

/**
 * The G-Node portal: who may see an object, with whom it is shared, and the login of its clients. Whatever is asked is
 * asked as oneself.
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

/** Objects in a list, each under the address that it was asked for below. */
function listed(
  objects: readonly Shared[],
  { path }: DialectRequest,
  caller: Identified | undefined,
  offset = 0,
): DialectReply {
  return {
    status: 200,
    body: {
      ...selected(caller),
      objects_selected: objects.length,
      selected_range: objects.length === 0 ? null : [offset, offset + objects.length - 1],
      selected: objects.map(({ id, fields }) => {
        const location = `/${path.namespace}/${path.type}/${encodeURIComponent(id)}/`;
        // The portal's Python client goes by `id` and `location`.
        return { id, permalink: location, location, model: path.type, fields };
      }),
    },
  };
}

/** What a parameter may be: a word, or as the portal's server reads it, any whole number. */
const TRUE = /^(?:true|t|yes|y|on)$/i;
const FALSE = /^(?:false|f|no|n|off)$/i;

/**
 * Whether a parameter is set; where it stands more than once, the last counts, as in Django.
 *
 * @returns undefined where it is absent
 * @throws invalid_params
 */
function flag({ query }: DialectRequest, name: string): boolean | undefined {
  const value = query.getAll(name).at(-1)?.trim();
  if (value === undefined) return undefined;
  if (/^[+-]?\d+$/.test(value)) return !/^[+-]?0+$/.test(value);
  if (TRUE.test(value)) return true;
  if (FALSE.test(value)) return false;
  throw refuse('invalid_params', `${name} must be true or false`);
}

/** Whether nested objects are changed too: `recursive` is the word of the first version of the portal. @throws invalid_params */
function cascade(asked: DialectRequest): boolean {
  const [cascades, recurs] = [flag(asked, 'cascade'), flag(asked, 'recursive')];
  if (cascades !== undefined && recurs !== undefined && cascades !== recurs) {
    throw refuse('invalid_params', 'cascade and recursive mean the same: send one of them');
  }
  return cascades ?? recurs ?? false;
}

const SHARING_PARAMS = ['cascade', 'recursive', 'notify', 'mode'];
const MASS_PARAMS = ['id__in', 'bulk_update', ...SHARING_PARAMS];

/** A parameter that is not understood might change what is shared: it is not passed over. @throws invalid_params */
function assertKnown({ query }: DialectRequest, known: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const named = cutToCharacters(unknown, 64);
  throw refuse('invalid_params', `There is no parameter ${named} here: there are ${known.join(', ')}`);
}

/** What is sent: in the body itself or, as the portal takes it too, under its key `fields`. @throws parse_error */
function sent(asked: DialectRequest): Fields {
  const body = fieldsOf(asked);
  if (!Object.hasOwn(body, 'fields')) return body;
  if (!isObject(body.fields)) throw refuse('parse_error', 'fields must be a JSON object');
  return body.fields;
}

/** @throws parse_error, invalid_params */
function sharing(asked: DialectRequest, params: readonly string[] = SHARING_PARAMS): Fields {
  assertKnown(asked, params);
  const mode = asked.query.get('mode');
  if (mode !== null && mode !== 'ignore') throw refuse('invalid_params', 'mode must be ignore');
  return {
    ...picked(sent(asked), ['safety_level', 'shared_with']),
    cascade: cascade(asked),
    skip: mode === 'ignore',
    notify: flag(asked, 'notify') ?? false,
  };
}

/** @throws invalid_params */
function idsIn(asked: DialectRequest): string[] {
  if (!flag(asked, 'bulk_update')) throw refuse('invalid_params', 'bulk_update=1 is required to change many at once');
  const ids = (asked.query.get('id__in') ?? '')
    .replace(/^\[(.*)\]$/s, '$1')
    .split(',')
    .map((id) => id.trim());
  if (ids.some((id) => id === '')) throw refuse('invalid_params', 'id__in must name the objects, as in id__in=[a,b]');
  return [...new Set(ids)];
}

/** Parameters of how the portal writes its answers, and of no meaning here. */
const OF_FORM = ['q', 'format', 'fk_mode', 'show_kids'];

function filtersIn(query: URLSearchParams): Fields {
  return Object.fromEntries([...query].filter(([name]) => !OF_FORM.includes(name)));
}

/** @throws parse_error, invalid_params */
function newFields(asked: DialectRequest): Fields {
  if (flag(asked, 'bulk_update') === true) {
    throw refuse('invalid_params', 'bulk_update changes permissions alone: POST it to acl/ below the type');
  }
  return sent(asked);
}

const object = ({ path }: DialectRequest): Fields => ({ type: path.type, id: path.id });

const SHARING = shape({
  safety_level: { type: ['integer', 'string'], description: '1 public, 2 friendly, 3 private' },
  shared_with: { type: 'object', description: 'Users with 1 (read) or 2 (read and write).' },
});
const MESSAGE = { message: TEXT, message_type: TEXT, logged_in_as: { type: ['string', 'null'] } };
const TOLD = ['message', 'message_type', 'logged_in_as'];
const SHARED: Success = {
  status: 200,
  body: open(
    {
      ...MESSAGE,
      safety_level: { type: 'integer', enum: [1, 2, 3] },
      shared_with: { type: 'object', additionalProperties: { type: 'integer', enum: [1, 2] } },
    },
    [...TOLD, 'safety_level', 'shared_with'],
  ),
};
const LISTED: Success = {
  status: 200,
  body: shape(
    {
      ...MESSAGE,
      objects_selected: { type: 'integer' },
      selected_range: { type: ['array', 'null'], items: { type: 'integer' } },
      selected: listOf(
        shape({ id: TEXT, permalink: TEXT, location: TEXT, model: TEXT, fields: open({}) }, [
          ...['id', 'permalink', 'location', 'model', 'fields'],
        ]),
      ),
    },
    [...TOLD, 'objects_selected', 'selected_range', 'selected'],
  ),
};
const CHANGES = {
  cascade: 'true: also what is nested in it.',
  recursive: 'The same as cascade.',
  mode: 'ignore: leave out what is not yours to share, instead of changing nothing.',
  notify: 'true: users are told of what is shared with them.',
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
    summary: 'Share an object: its safety level, and all users that it is shared with.',
    calls: { method: 'Gnode.set_sharing' },
    params: (asked) => ({ ...object(asked), ...sharing(asked) }),
    query: CHANGES,
    answer: (shared: Fields, _, caller) => ({ status: 200, body: { ...selected(caller), ...shared } }),
    success: SHARED,
    maxBody: LIST_BYTES,
    body: SHARING,
  };
}

const routes: readonly Route[] = [
  {
    verb: 'POST',
    path: '/account/authenticate/',
    summary: 'Log in with name and password; the answer sets the cookie of a session.',
    calls: { method: 'Accounts.open_session' },
    credential: (asked) => {
      const { username, password } = fieldsOf(asked);
      if (typeof username !== 'string' || typeof password !== 'string') throw refuse('login_refused');
      return { authorization: undefined, credential: { kind: 'password', of: 'others', username, password } };
    },
    answer: ({ session, seconds }: Session, { base }, caller) => ({
      status: 202,
      headers: { 'Set-Cookie': cookie(session, seconds, base) },
      body: message('Successfully authenticated.', 'authenticated', caller),
    }),
    success: { status: 202, body: shape(MESSAGE, TOLD) },
    takes: 'form',
    maxBody: FORM_BYTES,
    body: shape({ username: { type: 'string' }, password: { type: 'string' } }, ['username', 'password']),
  },
  {
    verb: 'GET',
    path: '/account/logout/',
    summary: 'End the session.',
    calls: { method: 'Accounts.close_session' },
    // It asks for no credential: whoever has no session is logged out already.
    credential: ({ headers }) => credential(headers),
    params: ({ headers }) => ({ session: sessionIn(headers) }),
    answer: (_: null, { base }) => loggedOut(base),
    refusal: ({ kind }, { base }) => (kind === 'unauthenticated' ? loggedOut(base) : undefined),
    success: { status: 200, body: shape(MESSAGE, TOLD) },
  },
  // Before the objects, none of which is called acl.
  {
    verb: 'POST',
    path: `${LIST}acl/`,
    summary: 'Share many objects alike, all of them or none.',
    calls: { method: 'Gnode.set_sharing_mass' },
    params: (asked) => ({ type: asked.path.type, ids: idsIn(asked), ...sharing(asked, MASS_PARAMS) }),
    query: { id__in: 'The objects, as in [a,b].', bulk_update: '1', ...CHANGES },
    needs: ['id__in', 'bulk_update'],
    answer: (shared: readonly Shared[], asked, caller) => listed(shared, asked, caller),
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
      offset: 'The first to be shown, counted from 0.',
      max_results: 'How many, where not a hundred.',
      id__in: 'These objects, as in [a,b].',
      owner: 'Those of a user, by id, number of profile or name.',
      safety_level: '1 public, 2 friendly, 3 private.',
      name: 'Those of this name; name__contains, name__icontains and the like compare otherwise.',
    },
    answer: ({ objects, offset }: { objects: readonly Shared[]; offset: number }, asked, caller) => {
      const answer = listed(objects, asked, caller, offset);
      if (objects.length > 0) return answer;
      return {
        ...answer,
        body: { ...(answer.body as Fields), ...message('No objects found.', 'no_objects_found', caller) },
      };
    },
    success: LISTED,
  },
  {
    verb: 'POST',
    path: LIST,
    summary: 'Make an object of the caller; its fields name what it hangs below.',
    calls: { method: 'Gnode.create_object' },
    params: (asked) => ({ type: asked.path.type, fields: newFields(asked) }),
    answer: (made: Shared, asked, caller) => {
      const answer = listed([made], asked, caller);
      const created = message('Object created successfully.', 'object_created', caller);
      return { status: 201, body: { ...(answer.body as Fields), ...created } };
    },
    success: { ...LISTED, status: 201 },
    maxBody: 'content',
    body: shape({ name: { type: 'string' } }),
  },
  {
    verb: 'GET',
    path: `${OBJECT}acl/`,
    summary: 'The safety level of an object, and the users that it is shared with, by id.',
    calls: { method: 'Gnode.get_sharing' },
    params: object,
    answer: (shared: Fields, _, caller) => ({ status: 200, body: { ...selected(caller), ...shared } }),
    success: SHARED,
  },
  setting('POST'),
  setting('PUT'),
  {
    verb: 'GET',
    path: OBJECT,
    summary: 'An object, with its owner and safety level; with whom it is shared, for its owner.',
    calls: { method: 'Gnode.get_object' },
    params: object,
    answer: (found: Shared, asked, caller) => listed([found], asked, caller),
    success: LISTED,
  },
  {
    verb: 'POST',
    path: OBJECT,
    summary: 'Change what an object keeps of itself.',
    calls: { method: 'Gnode.update_object' },
    params: (asked) => ({ ...object(asked), fields: sent(asked) }),
    answer: (found: Shared, asked, caller) => listed([found], asked, caller),
    success: LISTED,
    maxBody: 'content',
    body: shape({ name: { type: 'string' } }),
  },
  {
    verb: 'DELETE',
    path: OBJECT,
    summary: 'Delete an object with what is nested in it: for its owner, and users that it is shared with at 2.',
    calls: { method: 'Gnode.delete_object' },
    params: (asked) => ({ ...object(asked), force: flag(asked, 'force') ?? false }),
    query: { force: 'true: also a file that is shared with other users.' },
    answer: (_: null, _asked, caller) => ({ status: 200, body: message('Object was deleted.', 'deleted', caller) }),
    success: { status: 200, body: shape(MESSAGE, TOLD) },
  },
];

function credential(headers: DialectRequest['headers']): Pick<Origin, 'authorization' | 'credential'> {
  const id = sessionIn(headers);
  return { authorization: undefined, ...(id === undefined ? {} : { credential: { kind: 'session', id } }) };
}

export const gnode: Dialect = {
  system: 'G-Node',
  security: { name: 'gnodeSession', scheme: { type: 'apiKey', in: 'cookie', name: COOKIE } },
  routes,
  refusalShape: open({ ...MESSAGE, details: TEXT }, [...TOLD, 'details']),
  headers: { 'G-Node-Version': '1.0' },
  credential,
  assertGenuine,
  refusal,
  wrongVerb,
  optionalSlash: true,
  unserved: { owns: isBelow(['/account', ...NAMESPACES.split('|').map((name) => `/${name}`)]), answer: unknownPath },
};
