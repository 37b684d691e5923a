import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Option } from 'commander';
import { defined } from '../base/defined.ts';
import { type ClientOptions, StewardClient } from '../client/client.ts';
import { UsageError } from './failure.ts';

export interface ConnectionOptions {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
}

const DEFAULT_SERVER = 'http://127.0.0.1:7058';

/** The options for the address of the service and the token. */
export const connectionOptions = (): Option[] => [
  new Option('--server <url>', 'where the service answers (else STEWARD_SERVER, else ~/.config/steward/config.json)'),
  new Option(
    '--token <token>',
    'the token; others see it here, so better STEWARD_TOKEN or ~/.config/steward/config.json',
  ),
];

/** A client for the service and the user of {@link connectionOf}. @throws UsageError */
export const connect = (options: ConnectionOptions): StewardClient => new StewardClient(connectionOf(options));

/**
 * The server and the token in the options, or else in STEWARD_SERVER and STEWARD_TOKEN, or else in the
 * file `config.json` in `~/.config/steward` (or in XDG_CONFIG_HOME): `{"server": URL, "token": TOKEN}`.
 *
 * @throws UsageError
 */
export function connectionOf(options: ConnectionOptions): ClientOptions {
  const server = firstSet(options.server, process.env.STEWARD_SERVER);
  const givenToken = firstSet(options.token, process.env.STEWARD_TOKEN);
  // The file is only read if it is needed: otherwise it may be invalid.
  const file = server === undefined || givenToken === undefined ? configFile() : {};
  const token = firstSet(givenToken, file.token);
  if (token === undefined) {
    const ways = `give --token, set STEWARD_TOKEN, or write {"server": …, "token": …} to ${configPath()}`;
    throw new UsageError(`no token: ${ways}`);
  }
  const url = firstSet(server, file.server) ?? DEFAULT_SERVER;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`the server must be an http or https URL (was: ${url})`);
  }
  return { url, token };
}

const firstSet = (...values: (string | undefined)[]) => values.find((value) => value !== undefined && value !== '');

function configPath(): string {
  const home = process.env.XDG_CONFIG_HOME ?? '';
  return join(isAbsolute(home) ? home : join(homedir(), '.config'), 'steward', 'config.json');
}

function configFile(): { server?: string; token?: string } {
  const path = configPath();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new UsageError(`${path} cannot be read (${code})`);
  }
  const { server, token } = parsed(path, text);
  if (token !== undefined && (statSync(path).mode & 0o077) !== 0) {
    throw new UsageError(`${path} holds a token that others can read: run chmod 600 ${path}`);
  }
  return defined({ server, token });
}

function parsed(path: string, text: string): { readonly server?: string; readonly token?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const isText = (key: string) => ['string', 'undefined'].includes(typeof (value as Record<string, unknown>)[key]);
  if (value === null || typeof value !== 'object' || !isText('server') || !isText('token')) {
    throw new UsageError(`${path} must be a JSON object with the texts server and token`);
  }
  return value;
}
