import { resolve } from 'node:path';
import { type Key, variableOf } from '../base/config/keys.ts';
import type { LoadedConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { shellQuoted } from '../base/text.ts';
import { mintToken } from '../identity/mint.ts';
import type { Service } from '../server/composition.ts';

export interface BannerOptions {
  readonly loaded: LoadedConfig;
  readonly service: Pick<Service, 'url' | 'ownKey'>;
  /** Whether it is written to a terminal. Elsewhere it may be stored, so that it must not contain a token. */
  readonly terminal: boolean;
  /** The running script: the argument after node. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
}

const EXAMPLE_LIFETIME_SECONDS = 24 * 3600;

/** The text that is printed once the service is ready: its URL, and a call of `administer` to paste in any folder. */
export function banner(options: BannerOptions): string {
  const { loaded, service, terminal } = options;
  const { config } = loaded;
  const url = config['service-url'] ?? service.url;
  const lines = ['', `Steward answers at ${url}`];
  const admin = config['ws-admin'].find((entry) => !entry.startsWith('id:'));
  if (admin === undefined || !signsTokens(loaded, service)) {
    lines.push('', 'Administer with a token of an administrator in TOKEN:', '', exampleCall(url, '$TOKEN'));
  } else {
    const token =
      terminal && service.ownKey !== undefined
        ? exampleToken(loaded, service.ownKey, admin)
        : `$(${tokenCommand(options)} ${shellQuoted(admin)})`;
    lines.push('', `Administer as ${admin}:`, '', exampleCall(url, token), '');
    lines.push(`More tokens: ${tokenCommand(options)} <user>`);
  }
  return `${lines.join('\n')}\n`;
}

/** Whether `steward token` can sign tokens that the service accepts. */
const signsTokens = ({ secrets }: LoadedConfig, { ownKey }: BannerOptions['service']) =>
  ownKey !== undefined || secrets.jwtSecret !== undefined;

function exampleToken({ config }: LoadedConfig, secret: string, username: string): string {
  const claims = defined({ issuer: config['auth-jwt-issuer'], audience: config['auth-jwt-audience'] });
  return mintToken({ secret, username, lifetimeSeconds: EXAMPLE_LIFETIME_SECONDS, ...claims });
}

/** The settings that `steward token` needs. */
const TOKEN_KEYS = ['data-dir', 'auth-jwt-secret-file', 'auth-jwt-issuer', 'auth-jwt-audience'] as const;
const PATHS: ReadonlySet<Key> = new Set(['data-dir', 'auth-jwt-secret-file']);

/** The command that signs tokens with the configuration of this service, from any folder. */
function tokenCommand({ loaded, service, script, env }: BannerOptions): string {
  const variables: Record<string, string> = {};
  if (loaded.source !== undefined && env.KB_SERVICE_NAME) variables.KB_SERVICE_NAME = env.KB_SERVICE_NAME;
  for (const key of TOKEN_KEYS) {
    const value = loaded.config[key];
    if (value === undefined || (key === 'data-dir' && service.ownKey === undefined)) continue;
    const absolute = PATHS.has(key) ? resolve(value) : value;
    const inFile = loaded.origins.get(key)?.from === 'file';
    if (!inFile || absolute !== value) variables[variableOf(key)] = absolute;
  }
  return [
    ...Object.entries(variables).map(([name, value]) => `${name}=${shellQuoted(value)}`),
    ...['node', shellQuoted(resolve(script)), 'token'],
    ...(loaded.source === undefined ? [] : ['--config', shellQuoted(resolve(loaded.source))]),
  ].join(' ');
}

function exampleCall(url: string, token: string): string {
  const body = JSON.stringify({
    version: '1.1',
    method: 'Workspace.administer',
    params: [{ command: 'listAdmins' }],
    id: '1',
  });
  return `curl -s ${shellQuoted(url)} -H "Authorization: ${token}" -d '${body}'`;
}
