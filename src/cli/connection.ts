import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { StewardClient } from '../client/client.ts';
import { UsageError } from './failure.ts';

export interface ConnectionOptions {
  readonly server?: string;
  readonly token?: string;
}

const DEFAULT_SERVER = 'http://127.0.0.1:7058';

/**
 * A client for the server and the token of the options, else of STEWARD_SERVER and STEWARD_TOKEN, else of
 * `~/.config/steward/config.json`: `{"server": URL, "token": TOKEN}`.
 */
export function connect(options: ConnectionOptions): StewardClient {
  const file = configFile();
  const token = options.token ?? process.env.STEWARD_TOKEN ?? file.token;
  if (token === undefined) {
    throw new UsageError(
      `no token: give --token, set STEWARD_TOKEN, or write {"server": …, "token": …} to ${configPath()}`,
    );
  }
  return new StewardClient({
    url: options.server ?? process.env.STEWARD_SERVER ?? file.server ?? DEFAULT_SERVER,
    token,
  });
}

function configPath(): string {
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'steward', 'config.json');
}

function configFile(): { server?: string; token?: string } {
  const path = configPath();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  try {
    const { server, token } = JSON.parse(text);
    return { ...(typeof server === 'string' ? { server } : {}), ...(typeof token === 'string' ? { token } : {}) };
  } catch {
    throw new UsageError(`${path} is not a JSON object with server and token`);
  }
}
