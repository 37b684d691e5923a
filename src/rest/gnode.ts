import { refuse, type StewardError } from '../errors.ts';
import type { Identified } from '../gate/door.ts';
import { cutToCharacters } from '../text.ts';
import { type Asked, type Dialect, FORM_BYTES, LIST_BYTES, type Route, type Said, type Success } from './dialect.ts';
import { type Fields, fieldsOf, header, listOf, open, picked, shape, statusOf, TEXT } from './words.ts';

/**
 * The G-Node portal: who may see an object, with whom it is shared, and the login of its clients. Whatever is asked is
 * asked as oneself.
 */

const NAMESPACES = 'electrophysiology|metadata|datafiles';
const OBJECT = `/{namespace:${NAMESPACES}}/{type}/{id}/`;
const COOKIE = 'sessionid';

interface Shared {
  readonly id: string;
  readonly type: string;
  readonly fields: Fields;
}

interface Session {
  readonly session: string;
  readonly seconds: number;
}

const message = (text: string, type: string, caller: Identified | undefined): Fields => ({
  message: text,
  message_type: type,
  logged_in_as: caller?.profile === undefined ? null : `/profiles/profile/${caller.profile}`,
});

const selected = (caller: Identified | undefined): Fields =>
  message('Here is the list of requested objects.', 'object_selected', caller);

/** Objects in a list, each under the address that it was asked for below. */
function listed(objects: readonly Shared[], { path }: Asked, caller: Identified | undefined): Said {
  return {
    status: 200,
    body: {
      ...selected(caller),
      objects_selected: objects.length,
      selected_range: objects.length === 0 ? null : [0, objects.length - 1],
      selected: objects.map(({ id, type, fields }) => ({
        permalink: `/${path.namespace}/${type}/${encodeURIComponent(id)}/`,
        model: type,
        fields,
      })),
    },
  };
}

/** @throws invalid_params */
function flag({ query }: Asked, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1') return true;
  throw refuse('invalid_params', `${name} must be true or false`);
}

/** @throws parse_error, invalid_params */
function sharing(asked: Asked): Fields {
  const { query } = asked;
  const mode = query.get('mode');
  if (mode !== null && mode !== 'ignore') throw refuse('invalid_params', 'mode must be ignore');
  return {
    ...picked(fieldsOf(asked), ['safety_level', 'shared_with']),
    cascade: flag(asked, 'cascade'),
    skip: mode === 'ignore',
    notify: flag(asked, 'notify'),
  };
}

/** @throws invalid_params */
function idsIn(asked: Asked): string[] {
  if (!flag(asked, 'bulk_update')) throw refuse('invalid_params', 'bulk_update=1 is required to change many at once');
  const ids = (asked.query.get('id__in') ?? '')
    .replace(/^\[(.*)\]$/s, '$1')
    .split(',')
    .map((id) => id.trim());
  if (ids.some((id) => id === '')) throw refuse('invalid_params', 'id__in must name the objects, as in id__in=[a,b]');
  return [...new Set(ids)];
}

const object = ({ path }: Asked): Fields => ({ type: path.type, id: path.id });

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
      selected: listOf(shape({ permalink: TEXT, model: TEXT, fields: open({}) }, ['permalink', 'model', 'fields'])),
    },
    [...TOLD, 'objects_selected', 'selected_range', 'selected'],
  ),
};
const CHANGES = {
  cascade: 'true: also what is nested in it.',
  mode: 'ignore: leave out what is not yours to share, instead of changing nothing.',
  notify: 'true: users are told of what is shared with them.',
};

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
      body: message('You are logged in.', 'authenticated', caller),
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
    params: ({ headers }) => ({ session: sessionIn(headers) }),
    answer: (_: null, { base }) => ({
      status: 200,
      headers: { 'Set-Cookie': cookie('', 0, base) },
      body: message('You are logged out.', 'logged_out', undefined),
    }),
    success: { status: 200, body: shape(MESSAGE, TOLD) },
  },
  // Before the objects, none of which is called acl.
  {
    verb: 'POST',
    path: `/{namespace:${NAMESPACES}}/{type}/acl/`,
    summary: 'Share many objects alike, all of them or none.',
    calls: { method: 'Gnode.set_sharing_mass' },
    params: (asked) => ({ type: asked.path.type, ids: idsIn(asked), ...sharing(asked) }),
    query: { id__in: 'The objects, as in [a,b].', bulk_update: '1', ...CHANGES },
    needs: ['id__in', 'bulk_update'],
    answer: (shared: readonly Shared[], asked, caller) => listed(shared, asked, caller),
    success: LISTED,
    maxBody: LIST_BYTES,
    body: SHARING,
  },
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
    params: (asked) => ({ ...object(asked), fields: fieldsOf(asked) }),
    answer: (found: Shared, asked, caller) => listed([found], asked, caller),
    success: LISTED,
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
];

export const gnode: Dialect = {
  system: 'G-Node',
  security: { name: 'gnodeSession', scheme: { type: 'apiKey', in: 'cookie', name: COOKIE } },
  routes,
  refusalShape: open({ ...MESSAGE, details: TEXT }, TOLD),
  headers: { 'G-Node-Version': '1.0' },
  credential: (headers) => {
    const id = sessionIn(headers);
    return id === undefined
      ? { authorization: undefined }
      : { authorization: undefined, credential: { kind: 'session', id } };
  },
  assertGenuine,
  refusal,
  wrongVerb: (_, allowed) => ({
    status: 405,
    headers: { Allow: allowed.join(', ') },
    body: message('This URL does not support the method specified.', 'invalid_method', undefined),
  }),
};

/**
 * A browser sends the cookie along with whatever a page of another site makes it send: a form or a text is not taken, and
 * a page that says where it comes from must come from here.
 *
 * @throws cross_site, parse_error
 */
function assertGenuine({ verb, takes }: Route, headers: Asked['headers'], base: string): void {
  const origin = header(headers, 'origin');
  const here = [base, `http://${header(headers, 'host')}`].map(hostOf);
  if (origin !== undefined && !here.includes(hostOf(origin))) throw refuse('cross_site', cutToCharacters(origin, 200));
  const type = header(headers, 'content-type') ?? '';
  if (verb !== 'GET' && takes !== 'form' && !/^application\/json *(;|$)/i.test(type)) {
    throw refuse('parse_error', 'the Content-Type must be application/json');
  }
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

function sessionIn(headers: Asked['headers']): string | undefined {
  return /(?:^|; *)sessionid=([\w-]{1,200})(?:;|$)/.exec(header(headers, 'cookie') ?? '')?.[1];
}

/** No script reads it, and no other site's page sends it along with a write. */
function cookie(session: string, seconds: number, base: string): string {
  const secure = base.startsWith('https:') ? '; Secure' : '';
  return `${COOKIE}=${session}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

function refusal(error: StewardError, caller: Identified | undefined): Said {
  const said = (status: number, type: string, text: string, details?: string): Said => ({
    status,
    body: { ...message(text, type, caller), ...(details === undefined ? {} : { details }) },
  });
  switch (error.reason) {
    case 'parse_error':
      return said(
        400,
        'data_parsing_error',
        'Data, sent in the request body, cannot be parsed. Please ensure, the data is sent in JSON format.',
        String(error.args[0]),
      );
    case 'gnode_data_invalid':
      return said(400, 'post_data_invalid', 'The structure of the POST data is invalid.', error.message);
    case 'login_refused':
      return said(401, 'not_authenticated', 'Invalid credentials');
    case 'too_many_attempts':
      return said(429, 'not_authenticated', error.message);
    case 'too_big':
    case 'encoding_unsupported':
      return said(statusOf(error), 'data_parsing_error', error.message);
    default:
      break;
  }
  switch (error.kind) {
    case 'invalid':
      return said(
        400,
        'wrong_params',
        "Parameters provided are incorrect. Please consider details in the 'details' element.",
        error.message,
      );
    case 'unauthenticated':
      return said(401, 'not_authenticated', 'Please authenticate before sending the request.');
    case 'forbidden':
      return said(403, 'not_authorized', "You don't have permissions to access the object.", error.message);
    case 'notFound':
      return said(404, 'does_not_exist', 'Object does not exist.');
    default:
      return said(statusOf(error), error.reason, error.message);
  }
}
