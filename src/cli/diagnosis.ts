import { errorCode } from '../base/errorCode.ts';
import { isObject } from '../base/json/isObject.ts';
import { ConnectionError, type StewardCallError } from '../client/errors.ts';

/** Why a call failed, as far as it can be known here, and what to do next. */
export interface Diagnosis {
  readonly message: string;
  readonly advice: string;
}

const LOG_IN = 'Log in again, with a token that the service accepts: steward login';

const SIGN_IN = 'Sign in again: steward login --user NAME';

/** The true cause of a failure of the connection or of the token; undefined for other failures. */
export function diagnosed(error: StewardCallError, token: string | undefined): Diagnosis | undefined {
  if (error instanceof ConnectionError) return connectionProblem(error);
  if (error.reason === 'session_missing') return { message: 'The session has ended', advice: SIGN_IN };
  if (error.reason !== 'token_invalid' || token === undefined) return undefined;
  return { message: `The service refused the token: ${tokenProblem(token)}`, advice: LOG_IN };
}

/** What is wrong with a refused token, by its claims, of which nothing is repeated but times and the issuer. */
function tokenProblem(token: string): string {
  const claims = claimsOf(token);
  if (claims === undefined) return 'it is no JSON Web Token';
  const { exp, nbf, iss } = claims;
  const now = Date.now() / 1000;
  if (typeof exp === 'number' && exp <= now) return `it expired at ${instant(exp)}`;
  if (typeof nbf === 'number' && nbf > now) return `it is not valid before ${instant(nbf)}`;
  const issuer = typeof iss === 'string' ? `, or its issuer ${iss} is not trusted` : '';
  return `it was not signed by the key of this service${issuer}`;
}

/** Claims may have any number; not every number is a time. */
function instant(seconds: number): string {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? 'an unreadable time' : at.toISOString();
}

function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    return isObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

const START_OR_NAME = 'Start it with steward serve, or name another address with --server URL';

function connectionProblem(error: ConnectionError): Diagnosis {
  if (error.reason === 'protocol') {
    return { message: error.message, advice: 'Check the address, which has no path by default: --server URL' };
  }
  const code = codesIn(error).find((code) => CAUSES[code] !== undefined || isCertificate(code));
  if (code === undefined) return { message: error.message, advice: START_OR_NAME };
  const cause = CAUSES[code] ?? { message: 'its certificate is not trusted', advice: TRUST };
  return { message: `${error.message}: ${cause.message}`, advice: cause.advice };
}

const TRUST = 'Trust the authority that issued it: NODE_EXTRA_CA_CERTS=FILE steward …';

const isCertificate = (code: string) => /CERT|UNABLE_TO_VERIFY|ALTNAME/.test(code);

const CAUSES: Readonly<Record<string, Diagnosis>> = {
  ECONNREFUSED: { message: 'nothing listens there', advice: START_OR_NAME },
  ENOTFOUND: { message: 'the name of its host is not known', advice: 'Check the name in --server URL' },
  EAI_AGAIN: { message: 'the name of its host could not be looked up', advice: 'Check the network, and try again' },
  ETIMEDOUT: { message: 'it did not answer', advice: 'Check the address and the network between' },
  UND_ERR_CONNECT_TIMEOUT: { message: 'it did not answer', advice: 'Check the address and the network between' },
  ERR_SSL_WRONG_VERSION_NUMBER: { message: 'it does not speak TLS', advice: 'Use http:// in --server URL' },
  ERR_SSL_PACKET_LENGTH_TOO_LONG: { message: 'it does not speak TLS', advice: 'Use http:// in --server URL' },
  CERT_HAS_EXPIRED: { message: 'its certificate has expired', advice: 'Ask its operator to renew the certificate' },
};

/** The codes of an error, of its causes, and of the attempts at several addresses. */
function codesIn(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code = errorCode(error);
  const attempts = error instanceof AggregateError ? error.errors : [];
  return [...(code === undefined ? [] : [code]), ...[error.cause, ...attempts].flatMap(codesIn)];
}
