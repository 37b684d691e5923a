import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Option } from 'commander';
import { StewardClient } from '../client/client.ts';
import { UsageError } from './failure.ts';

export interface ConnectionOptions {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
}

const DEFAULT_SERVER = 'http://127.0.0.1:7058';

/** How the command line is told where the service is and who calls. */
export const connectionOptions = (): Option[] => [
  new Option('--server <url>', 'where the service answers (else STEWARD_SERVER, else ~/.config/steward/config.json)'),
  new Option(
    '--token <token>',
    'the token; others see it here, so better STEWARD_TOKEN or ~/.config/steward/config.json',
  ),
];

/**
 * A client for the server and the token of the options, else of STEWARD_SERVER and STEWARD_TOKEN, else of the file
 * `config.json` in `~/.config/steward` (XDG_CONFIG_HOME goes before `~/.config`): `{"server": URL, "token": TOKEN}`.
 *
 * @throws UsageError
 */
export function connect(options: ConnectionOptions): StewardClient {
  const said = {
    server: given(options.server, process.env.STEWARD_SERVER),
    token: given(options.token, process.env.STEWARD_TOKEN),
  };
  // A file that nothing is needed of may be as it likes.
  const file = said.server === undefined || said.token === undefined ? configFile() : {};
  const token = given(said.token, file.token);
  if (token === undefined) {
    throw new UsageError(
      `no token: give --token, set STEWARD_TOKEN, or write {"server": …, "token": …} to ${configPath()}`,
    );
  }
  const url = given(said.server, file.server) ?? DEFAULT_SERVER;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageError(`the server must be an http or https URL (was: ${url})`);
  }
  return new StewardClient({ url, token });
}

/** The first that is set, to more than nothing. */
const given = (...values: (string | undefined)[]) => values.find((value) => value !== undefined && value !== '');

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
  return { ...(server === undefined ? {} : { server }), ...(token === undefined ? {} : { token }) };
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
