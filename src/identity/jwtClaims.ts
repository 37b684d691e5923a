import { defined } from '../base/defined.ts';
import { refuse, type StewardError } from '../base/errors.ts';
import { cutToCharacters } from '../base/text.ts';
import type { ActorClaims, Authentication, Claims } from './token.ts';
import { assertUsername } from './usernames.ts';

/** The payload of a token whose signature holds. */
export type Payload = Readonly<Record<string, unknown>>;

export const CLOCK_SKEW_SECONDS = 30;

const MAX_SUBJECT = 255;
/** The latest time of a `Date`, in seconds. */
const MAX_SECONDS = 8.64e12;

/**
 * Reads the claims: `exp` and `sub` are required; the name is `preferred_username`, or else `sub`; `roles` are the
 * roles; `act` (RFC 8693, 4.1) is the service that acts for the subject; `auth_time`, `acr` and `amr` say how and when
 * the subject signed in.
 *
 * @throws token_invalid
 */
export function claimsIn(payload: Payload, issuer: string): Claims {
  const { sub, preferred_username: name = sub, exp, iat, roles } = payload;
  if (typeof exp !== 'number') throw invalid('it has no expiry');
  const subject = subjectIn(sub, 'its sub');
  const username = usernameIn(name, 'its');
  const actor = actorIn(payload);
  // Two principals cannot have one name at the same time.
  if (actor !== undefined && actor.subject !== subject && (actor.username ?? actor.subject) === username) {
    throw invalid('its act and its sub are two identities with one name');
  }
  return {
    issuer,
    subject,
    username,
    roles: rolesIn(roles, 'its roles'),
    ...defined({ actor, authentication: authenticationIn(payload) }),
    issuedAt: new Date((typeof iat === 'number' ? iat : 0) * 1000),
    expiresAt: new Date((exp + CLOCK_SKEW_SECONDS) * 1000),
    // A token of another program may claim to hold longer than there are dates.
    ...defined({ tokenExpiresAt: Math.abs(exp) <= MAX_SECONDS ? new Date(exp * 1000) : undefined }),
  };
}

/** What the token says of the authentication. A claim of another type than OpenID Connect's counts as absent. */
function authenticationIn({ auth_time: at, acr, amr }: Payload): Authentication | undefined {
  if (typeof at !== 'number' || !Number.isFinite(at) || at < 0 || at > MAX_SECONDS) return undefined;
  const methods = Array.isArray(amr) ? amr.filter((method) => typeof method === 'string') : undefined;
  return { at: new Date(at * 1000), ...defined({ acr: typeof acr === 'string' ? acr : undefined, amr: methods }) };
}

function actorIn({ act, iss }: Payload): ActorClaims | undefined {
  if (act === undefined) return undefined;
  if (act === null || typeof act !== 'object' || Array.isArray(act)) throw invalid('its act is not an object');
  const { sub, preferred_username: name, roles, iss: actorIssuer, act: nested } = act as Payload;
  // A subject is only unique within its issuer, and only this issuer signed the token.
  if (actorIssuer !== undefined && actorIssuer !== iss) throw invalid('its act names another issuer');
  return {
    subject: subjectIn(sub, 'the sub of its act'),
    ...defined({ username: name === undefined ? undefined : usernameIn(name, "its act's") }),
    roles: rolesIn(roles, 'the roles of its act'),
    nested: nested !== undefined,
  };
}

function subjectIn(sub: unknown, what: string): string {
  const isValid = typeof sub === 'string' && sub !== '' && cutToCharacters(sub, MAX_SUBJECT) === sub;
  if (isValid && !/[\p{Cc}\p{Surrogate}]/u.test(sub)) return sub;
  throw invalid(`${what} must be a text of 1 to ${MAX_SUBJECT} printable characters`);
}

function usernameIn(name: unknown, whose: string): string {
  if (typeof name !== 'string') throw invalid(`${whose} preferred_username is not a text`);
  try {
    assertUsername(name);
    return name;
  } catch {
    throw invalid(`${whose} user name must be 1 to 100 characters of A-Z a-z 0-9 _ . @ -`);
  }
}

function rolesIn(roles: unknown, what: string): readonly string[] {
  if (roles === undefined) return [];
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) {
    throw invalid(`${what} are not a list of texts`);
  }
  return roles;
}

const invalid = (why: string): StewardError => refuse('token_invalid').because(why);
