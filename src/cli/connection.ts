import { Option } from 'commander';
import { type ClientOptions, StewardClient } from '../client/client.ts';
import { bareToken } from '../client/token.ts';
import { UsageError } from './failure.ts';
import { chosenProfile, DEFAULT_PROFILE, readProfile } from './profiles.ts';

export interface ConnectionOptions {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: string | undefined;
}

export const DEFAULT_SERVER = 'http://127.0.0.1:7058';

/** The options for the address of the service and the token. */
export const connectionOptions = (): Option[] => [
  new Option('--server <url>', 'where the service answers (else STEWARD_SERVER, else the profile)'),
  new Option('--token <token>', 'the token; others see it here, so better STEWARD_TOKEN or steward login'),
  new Option('--profile <name>', 'the profile to use (else STEWARD_PROFILE, else that of steward config use)'),
];

/** A client for the service and the user of {@link connectionOf}. @throws UsageError */
export const connect = (options: ConnectionOptions): StewardClient => new StewardClient(connectionOf(options));

/**
 * The server and the token in the options, or else in the profile that the options name, or else in STEWARD_SERVER and
 * STEWARD_TOKEN, or else in the profile that is in use.
 *
 * @throws UsageError
 */
export function connectionOf(options: ConnectionOptions): ClientOptions & { readonly token: string } {
  const { STEWARD_SERVER, STEWARD_TOKEN } = options.profile === undefined ? process.env : {};
  const server = firstSet(options.server, STEWARD_SERVER);
  const givenToken = firstSet(options.token, STEWARD_TOKEN);
  // The profile is only read if it is needed: otherwise it may be invalid.
  const isNeeded = server === undefined || givenToken === undefined;
  const name = isNeeded ? chosenProfile(options.profile) : DEFAULT_PROFILE;
  const profile = isNeeded ? readProfile(name) : {};
  const token = firstSet(givenToken, profile.token);
  if (token === undefined) {
    const ofProfile = name === DEFAULT_PROFILE ? '' : ` --profile ${name}`;
    throw new UsageError(`no token: run steward login${ofProfile}, set STEWARD_TOKEN, or give --token`);
  }
  return { url: checkedServer(firstSet(server, profile.server) ?? DEFAULT_SERVER), token: checkedToken(token) };
}

/** The token without blanks around it. @throws UsageError if no token is like this */
export function checkedToken(token: string): string {
  const bare = bareToken(token);
  if (bare !== undefined) return bare;
  throw new UsageError('the token has characters that no token has: it must be one line of letters, digits and signs');
}

/** @throws UsageError if it is no http or https URL */
export function checkedServer(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new UsageError(`the server must be an http or https URL (was: ${url})`);
}

const firstSet = (...values: (string | undefined)[]) => values.find((value) => value !== undefined && value !== '');
