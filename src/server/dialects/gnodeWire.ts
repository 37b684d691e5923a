import type { StewardError } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import type { Identified } from '../../gate/door.ts';
import type { DialectReply } from './dialect.ts';
import { statusOf } from './words.ts';

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
  const answer = (status: number, type: string, text: string): DialectReply => ({
    status,
    body: { ...message(text, type, caller), details },
  });
  switch (error.reason) {
    case 'parse_error':
      return answer(400, 'data_parsing_error', PARSING);
    case 'gnode_data_invalid':
      return answer(400, 'post_data_invalid', 'The structure of the POST data is invalid.');
    case 'login_refused':
      return answer(401, 'not_authenticated', 'Invalid credentials');
    case 'too_many_attempts':
      return answer(429, 'not_authenticated', details);
    case 'too_big':
    case 'encoding_unsupported':
      return answer(statusOf(error), 'data_parsing_error', details);
    default:
      break;
  }
  switch (error.kind) {
    case 'invalid':
      return answer(400, 'wrong_params', WRONG_PARAMS);
    case 'unauthenticated':
      return answer(401, 'not_authenticated', 'Please authenticate before sending the request.');
    case 'forbidden':
      return answer(403, 'not_authorized', "You don't have permissions to access the object.");
    case 'notFound':
      return answer(404, 'does_not_exist', 'Object does not exist.');
    default:
      return answer(statusOf(error), error.reason, details);
  }
}

function detailsOf({ reason, args, message }: StewardError): string {
  switch (reason) {
    case 'parse_error':
      return String(args[0]);
    case 'login_refused':
      return 'The credentials provided not valid.';
    case 'token_missing':
      return LOG_IN;
    default:
      return message;
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
