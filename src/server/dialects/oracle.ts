import type { StewardError } from '../../base/errors.ts';
import type { Dialect } from './dialect.ts';
import { isBelow } from './match.ts';
import { catalogRoutes } from './oracleCatalog.ts';
import { CATALOG, failure, ROOT } from './oracleWire.ts';
import { bearer, open, statusOf, TEXT } from './words.ts';

/* The part of Oracle Analytics' catalog API that is about owners of content. Every error is `{code, message}`. */

export const oracle: Dialect = {
  system: 'Oracle Analytics',
  security: { name: 'oracleToken', scheme: { type: 'http', scheme: 'bearer' } },
  routes: catalogRoutes,
  credential: bearer,
  refusalShape: open({ code: TEXT, message: TEXT }, ['code', 'message']),
  refusal: (error) => failure(statusAt(error), codeOf(error), error.message),
  wrongVerb: (_, allowed) => ({
    ...failure(405, 'METHOD_NOT_ALLOWED', `Use ${allowed.join(' or ')}`),
    headers: { Allow: allowed.join(', ') },
  }),
  unserved: {
    owns: isBelow([ROOT]),
    answer: () => failure(404, 'NOT_FOUND', `There is no such path: those served begin with ${CATALOG}`),
  },
  jsonOnly: true,
};

/** Oracle does not publish its codes. These are as it describes them: short, stable, and meant for programs. */
function codeOf({ reason, kind }: StewardError): string {
  switch (reason) {
    case 'user_unknown':
    case 'role_unknown':
      return 'UNKNOWN_ACCOUNT';
    case 'recipient_unfit':
      return 'ACCOUNT_NOT_ACTIVE';
    case 'owner_kind_not_allowed':
      return 'OWNER_KIND_NOT_ALLOWED';
    case 'catalog_id_invalid':
      return 'INVALID_ID';
    case 'catalog_type_unknown':
      return 'UNKNOWN_TYPE';
    case 'external_id_taken':
      return 'ITEM_EXISTS';
    case 'resource_cycle':
      return 'FOLDER_CYCLE';
    case 'resource_not_empty':
      return 'FOLDER_NOT_EMPTY';
    case 'too_many_attempts':
    case 'rate_limited':
      return 'TOO_MANY_REQUESTS';
    case 'body_too_slow':
      return 'REQUEST_TIMEOUT';
    case 'too_big':
      return 'PAYLOAD_TOO_LARGE';
    case 'encoding_unsupported':
    case 'media_type_unsupported':
      return 'UNSUPPORTED_MEDIA_TYPE';
    default:
      return CODES[kind];
  }
}

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
  switch (error.reason) {
    case 'user_unknown':
    case 'role_unknown':
      return 400;
    default:
      // Oracle has no status for conflicts: they count as bad requests.
      return error.kind === 'conflict' ? 400 : statusOf(error);
  }
}
