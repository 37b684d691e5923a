import type { StewardError } from '../../base/errors.ts';
import type { Identified } from '../../gate/door.ts';
import type { DialectReply } from './dialect.ts';
import { type Fields, statusOf } from './words.ts';

/**
 * What every answer of the G-Node portal has: its message, and the profile of who is logged in. The texts are those of the
 * portal's server of 2012 and 2013.
 */
export const message = (text: string, type: string, caller: Identified | undefined): Fields => ({
  message: text,
  message_type: type,
  logged_in_as: caller?.profile === undefined ? null : `/profiles/profile/${caller.profile}`,
});

const PARSING = 'Data, sent in the request body, cannot be parsed. Please ensure, the data is sent in JSON format.';
const LOG_IN = 'Log in with POST /account/authenticate/ and send the cookie sessionid that it sets.';

/** A refusal: `details` says what was wrong with this request. */
export function refusal(error: StewardError, caller: Identified | undefined): DialectReply {
  const said = (status: number, type: string, text: string, details = error.message): DialectReply => ({
    status,
    body: { ...message(text, type, caller), details },
  });
  switch (error.reason) {
    case 'parse_error':
      return said(400, 'data_parsing_error', PARSING, String(error.args[0]));
    case 'gnode_data_invalid':
      return said(400, 'post_data_invalid', 'The structure of the POST data is invalid.');
    case 'login_refused':
      return said(401, 'not_authenticated', 'Invalid credentials', 'The credentials provided not valid.');
    case 'token_missing':
      return said(401, 'not_authenticated', 'Please authenticate before sending the request.', LOG_IN);
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
      );
    case 'unauthenticated':
      return said(401, 'not_authenticated', 'Please authenticate before sending the request.');
    case 'forbidden':
      return said(403, 'not_authorized', "You don't have permissions to access the object.");
    case 'notFound':
      return said(404, 'does_not_exist', 'Object does not exist.');
    default:
      return said(statusOf(error), error.reason, error.message);
  }
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

/** What is answered on a path below the portal's that it does not have. */
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
