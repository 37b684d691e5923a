import { defined } from '../base/defined.ts';
import { StewardClient } from '../client/client.ts';
import { StewardCallError } from '../client/errors.ts';
import { type ConnectionOptions, checkedServer, checkedToken, connectionOf, DEFAULT_SERVER } from './connection.ts';
import { reportFailure } from './exitCodes.ts';
import { UsageError } from './failure.ts';
import { chosenProfile, profileNames, readProfile, useProfile, writeProfile } from './profiles.ts';
import { renderResult } from './render.ts';
import { secretLine } from './secretLine.ts';
import { endSessionOf, isSessionToken, sessionToken } from './sessionLogin.ts';
import { styleOf } from './style.ts';
import { jsonLines } from './terminal.ts';

interface ProfileOption {
  readonly profile?: string;
}

interface LoginOptions extends ProfileOption {
  readonly server?: string;
  /** The name of a local account, whose password is read instead of a token. */
  readonly user?: string;
  readonly passwordFile?: string;
}

/**
 * Signs in with a name and a password, or reads a token from the standard input; asks the service whether it accepts the
 * token, and keeps it.
 *
 * @throws UsageError
 */
export async function login({ server, profile, user, passwordFile }: LoginOptions): Promise<void> {
  if (user === undefined && passwordFile !== undefined) throw new UsageError('--password-file needs --user NAME');
  const name = chosenProfile(profile);
  const before = readProfile(name);
  const ofProfile = profile === undefined ? undefined : before.server;
  const url = checkedServer(server || ofProfile || process.env.STEWARD_SERVER || before.server || DEFAULT_SERVER);
  let token: string | undefined;
  try {
    token =
      user === undefined ? checkedToken(await secretLine('token')) : await sessionToken({ url, user, passwordFile });
    const { user: who, role } = (await new StewardClient({ url, token }).methods.Session_who_am_i({})).result;
    writeProfile(name, { server: url, token });
    const shown = role === 'none' ? `${who}, who is no administrator` : `${who} (${role})`;
    console.log(`Logged in to ${url} as ${shown}, with the profile ${name}.`);
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, { json: false, token });
  }
}

/** Removes the token of a profile, and ends its session if it is that of one. The token goes even if that fails. */
export async function logout({ profile }: ProfileOption): Promise<void> {
  const name = chosenProfile(profile);
  const { server, token } = readProfile(name);
  writeProfile(name, defined({ server }));
  console.log(`The profile ${name} has no token now.`);
  if (token === undefined || !isSessionToken(token)) return;
  try {
    await endSessionOf(token, server ?? DEFAULT_SERVER);
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, {
      json: false,
      token,
      hints: { next: ['The session has not been ended; it ends by itself.'] },
    });
  }
}

/**
 * Shows which service is called, as whom, and with which rights. It leaves a record only for those who may administer, since
 * their rights are read with a command.
 */
export async function whoami(options: ConnectionOptions & { readonly json?: boolean }): Promise<void> {
  const json = options.json === true;
  const connection = connectionOf(options);
  const client = new StewardClient(connection);
  try {
    const { result } = await client.methods.Session_who_am_i({});
    const { user, id, through, roles, role, mayAdminister, expires: tokenExpires } = result;
    const { source, as, expires } = mayAdminister ? (await client.administer.listMyPrivileges()).result : {};
    const shown = { server: connection.url, profile: chosenProfile(options.profile) };
    const who = {
      ...shown,
      ...defined({ user, id, through, memberOf: roles, role, source, as, expires, tokenExpires }),
    };
    console.log(json ? jsonLines(who, 2) : renderResult(inWords(who), styleOf()));
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, { json, token: connection.token });
  }
}

interface Who {
  readonly role?: string;
  readonly source?: string;
  readonly memberOf?: readonly string[];
  readonly expires?: string;
  readonly tokenExpires?: string;
}

/** The same for people, who need not know what the role `none` means. */
function inWords({ role, memberOf, expires, tokenExpires, ...others }: Who) {
  const without = others.source === undefined ? 'none (no administrator)' : 'none (only what rules of the policy give)';
  const ends = defined({ 'right expires': expires, 'token expires': tokenExpires });
  return { ...others, role: role === 'none' ? without : role, 'member of': memberOf, ...ends };
}

/** Lists the profiles with their servers. */
export function listProfiles(): void {
  const current = chosenProfile(undefined);
  const rows = profileNames().map((name) => {
    const { server = DEFAULT_SERVER, token } = readProfile(name);
    return { used: name === current ? '*' : '', profile: name, server, token: token === undefined ? 'none' : 'kept' };
  });
  console.log(renderResult(rows, styleOf()));
}

/** Makes a profile the one that is used. @throws UsageError */
export function use(name: string): void {
  useProfile(name);
  console.log(`The profile ${name} is used from now on.`);
}

/** Prints a setting. @throws UsageError */
export function getSetting(key: string, { profile }: ProfileOption): void {
  assertServer(key);
  console.log(readProfile(chosenProfile(profile)).server ?? DEFAULT_SERVER);
}

/** Changes a setting. The token goes, too: it is not for another server. @throws UsageError */
export function setSetting(key: string, { value, profile }: ProfileOption & { readonly value: string }): void {
  assertServer(key);
  const name = chosenProfile(profile);
  const before = readProfile(name);
  const server = checkedServer(value);
  writeProfile(name, before.server === server ? before : { server });
  console.log(`The profile ${name} is for ${server}.`);
}

function assertServer(key: string): void {
  if (key === 'server') return;
  const instead =
    key === 'token' ? 'a token is never shown, and is kept by steward login' : 'the only setting is server';
  throw new UsageError(`${instead} (was: ${key})`);
}
