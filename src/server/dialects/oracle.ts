import type { Reason, StewardError } from '../../base/errors.ts';
import type { Dialect } from './dialect.ts';
import { isBelow } from './match.ts';
import { catalogRoutes } from './oracleCatalog.ts';
import { CATALOG, failure, ROOT } from './oracleWire.ts';
import { aboutRequest, bearer, challenge, open, statusOf, TEXT } from './words.ts';

/* The part of Oracle Analytics' catalog API that is about owners of content. Every error is `{code, message}`. */

export const oracle: Dialect = {
  system: 'Oracle Analytics',
  security: { name: 'oracleToken', scheme: { type: 'http', scheme: 'bearer' } },
  routes: catalogRoutes,
  credential: bearer,
  refusalShape: open({ code: TEXT, message: TEXT }, ['code', 'message']),
  refusal: (error) => {
    const status = statusAt(error);
    const code = CODES_BY_REASON[error.reason] ?? CODES[error.kind];
    return { ...failure(status, code, aboutRequest(error.message)), headers: challenge(status, 'Bearer') };
  },
  wrongVerb: (_, allowed) => ({
    ...failure(405, 'METHOD_NOT_ALLOWED', `Use ${allowed.join(' or ')}`),
    headers: { Allow: allowed.join(', ') },
  }),
  unknownPaths: {
    owns: isBelow([ROOT]),
    answer: () => failure(404, 'NOT_FOUND', `There is no such path: those served begin with ${CATALOG}`),
  },
  jsonOnly: true,
};

/** Oracle does not publish its codes. These are like those in its documentation: short, stable, and meant for programs. */
const CODES_BY_REASON: Readonly<Partial<Record<Reason, string>>> = {
  user_unknown: 'UNKNOWN_ACCOUNT',
  role_unknown: 'UNKNOWN_ACCOUNT',
  recipient_unfit: 'ACCOUNT_NOT_ACTIVE',
  owner_kind_not_allowed: 'OWNER_KIND_NOT_ALLOWED',
  catalog_id_invalid: 'INVALID_ID',
  catalog_type_unknown: 'UNKNOWN_TYPE',
  external_id_taken: 'ITEM_EXISTS',
  resource_cycle: 'FOLDER_CYCLE',
  resource_not_empty: 'FOLDER_NOT_EMPTY',
  too_many_attempts: 'TOO_MANY_REQUESTS',
  rate_limited: 'TOO_MANY_REQUESTS',
  body_too_slow: 'REQUEST_TIMEOUT',
  too_big: 'PAYLOAD_TOO_LARGE',
  encoding_unsupported: 'UNSUPPORTED_MEDIA_TYPE',
  media_type_unsupported: 'UNSUPPORTED_MEDIA_TYPE',
};

const CODES: Readonly<Record<StewardError['kind'], string>> = {
  invalid: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  notFound: 'NOT_FOUND',
  conflict: 'CONFLICT',
  busy: 'UNAVAILABLE',
  internal: 'INTERNAL_ERROR',
};

function statusAt(error: StewardError): number {
  if (error.reason === 'user_unknown' || error.reason === 'role_unknown') return 400;
  // Oracle has no status for conflicts: they count as bad requests.
  return error.kind === 'conflict' ? 400 : statusOf(error);
}
