import type { ErrorKind, Reason, StewardError } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import type { Identified } from '../../gate/door.ts';
import type { DialectReply } from './dialect.ts';
import { aboutRequest, statusOf } from './words.ts';

/**
 * The keys of every answer of the G-Node portal: its message, and the profile of the caller. The texts are those of the
 * portal's server of 2012 and 2013.
 */
export const message = (text: string, type: string, caller: Identified | undefined): Fields => ({
  message: text,
  message_type: type,
  logged_in_as: caller?.profile === undefined ? null : `/profiles/profile/${caller.profile}`,
});

const PARSING = 'Data, sent in the request body, cannot be parsed. Please ensure, the data is sent in JSON format.';
const WRONG_PARAMS = "Parameters provided are incorrect. Please consider details in the 'details' element.";
const LOG_IN = 'Log in with POST /account/authenticate/ and send the cookie sessionid that it sets.';

/** The answer to an error; `details` says what was wrong with this request. */
export function refusal(error: StewardError, caller: Identified | undefined): DialectReply {
  const details = detailsOf(error);
  const [status = statusOf(error), type = error.reason, text = details] =
    BY_REASON[error.reason] ?? BY_KIND[error.kind] ?? [];
  return { status, body: { ...message(text, type, caller), details } };
}

/** The status, the type and the text of an answer; the error decides where they are undefined. */
type Answer = readonly [status?: number | undefined, type?: string, text?: string];

const BY_REASON: Readonly<Partial<Record<Reason, Answer>>> = {
  parse_error: [400, 'data_parsing_error', PARSING],
  gnode_data_invalid: [400, 'post_data_invalid', 'The structure of the POST data is invalid.'],
  login_refused: [401, 'not_authenticated', 'Invalid credentials'],
  totp_required: [401, 'not_authenticated', 'Invalid credentials'],
  proof_refused: [401, 'not_authenticated', 'Invalid credentials'],
  too_many_attempts: [429, 'not_authenticated'],
  too_big: [undefined, 'data_parsing_error'],
  encoding_unsupported: [undefined, 'data_parsing_error'],
};
const BY_KIND: Readonly<Partial<Record<ErrorKind, Answer>>> = {
  invalid: [400, 'wrong_params', WRONG_PARAMS],
  unauthenticated: [401, 'not_authenticated', 'Please authenticate before sending the request.'],
  forbidden: [403, 'not_authorized', "You don't have permissions to access the object."],
  notFound: [404, 'does_not_exist', 'Object does not exist.'],
};

function detailsOf({ reason, args, message }: StewardError): string {
  if (reason === 'parse_error') return String(args[0]);
  if (reason === 'login_refused') return 'The credentials provided not valid.';
  return reason === 'token_missing' ? LOG_IN : aboutRequest(message);
}

export function wrongVerb(verb: string, allowed: readonly string[]): DialectReply {
  return {
    status: 405,
    headers: { Allow: allowed.join(', ') },
    body: {
      ...message('This URL does not support the method specified.', 'invalid_method', undefined),
      details: `It supports ${allowed.join(', ')}, not ${verb}.`,
    },
  };
}

/** The answer on an unknown path below those of the portal. */
export function unknownPath(path: string): DialectReply {
  const plain = path.replaceAll(/\/{2,}/g, '/');
  const slashes = plain === path ? '' : ` Did you mean ${plain}?`;
  return {
    status: 404,
    body: {
      ...message('Object does not exist.', 'does_not_exist', undefined),
      details: `There is no such URL.${slashes} Objects are at /<namespace>/<type>/<id>/, permissions at acl/ below them.`,
    },
  };
}
