import { join } from 'node:path';
import { loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { mintToken } from '../identity/mint.ts';
import { readKey, SIGNING_KEY_FILE } from '../identity/signingKey.ts';
import { assertUsername } from '../identity/usernames.ts';
import { UsageError } from './failure.ts';

const MAX_LIFETIME_SECONDS = 365 * 24 * 3600;

export interface TokenOptions {
  readonly config?: string;
  readonly id?: string;
  readonly roles?: string;
  readonly lifetime: string;
}

/** Prints a token for a user, and nothing else. */
export async function token(user: string, { config: file, id, roles, lifetime }: TokenOptions): Promise<void> {
  const { config, secrets } = loadConfig({ env: process.env, ...defined({ file }) });
  if (secrets.jwtPublicKeyPem !== undefined) {
    throw new UsageError('tokens are checked with a public key here: only the holder of its private key can sign one');
  }
  if (config['auth-jwks-url'] !== undefined) {
    throw new UsageError('tokens are checked with published keys here (auth-jwks-url): get one from their issuer');
  }
  if (secrets.jwtSecret === undefined && config['auth2-service-url'] !== undefined) {
    throw new UsageError('tokens come from the KBase auth service here (auth2-service-url): get one there');
  }
  const secret = secrets.jwtSecret ?? (await readKey(join(config['data-dir'], SIGNING_KEY_FILE)));
  if (secret === undefined) {
    const where = config['data-dir'];
    throw new UsageError(`there is no signing key in ${where} yet: the service makes one when it first starts`);
  }
  try {
    assertUsername(user);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const claims = defined({
    subject: id,
    roles: roles?.split(',').map((r) => r.trim()),
    issuer: config['auth-jwt-issuer'],
    audience: config['auth-jwt-audience'],
  });
  console.log(mintToken({ secret, username: user, lifetimeSeconds: seconds(lifetime), ...claims }));
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_LIFETIME_SECONDS) return value;
  throw new UsageError(`--lifetime must be a whole number of seconds from 1 to ${MAX_LIFETIME_SECONDS} (was: ${text})`);
}
