import type { LoadedConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import type { Logger } from '../base/log.ts';
import { EitherSource } from '../identity/eitherSource.ts';
import { Jwks } from '../identity/jwks.ts';
import { JwtSource, LOCAL_ISSUER } from '../identity/jwt.ts';
import { KbaseAuthService } from '../identity/kbaseAuthService.ts';
import { KbaseSource } from '../identity/kbaseSource.ts';
import { ownSigningKey } from '../identity/signingKey.ts';
import { KBASE_ISSUER, type TokenSource } from '../identity/token.ts';

export interface Tokens {
  readonly tokens: TokenSource;
  /** The issuer of the users whom `addUser` adds by id. */
  readonly issuer: string;
  /** All issuers whose tokens are accepted. */
  readonly issuers: readonly string[];
  /** The key that the service made for itself, if nothing else is configured. */
  readonly ownKey?: string;
}

type Settings = Pick<LoadedConfig, 'config' | 'secrets'>;

/**
 * The token source for this configuration.
 *
 * @throws UnfitAuthServiceError, UnfitKeySetError if the KBase auth service, or the URL of the keys, does not answer as
 *   it should
 */
export async function openTokens({ config, secrets }: Settings, log: Logger): Promise<Tokens> {
  const url = config['auth2-service-url'];
  const hasKey = secrets.jwtSecret ?? secrets.jwtPublicKeyPem ?? config['auth-jwks-url'];
  if (url === undefined) return signedTokens({ config, secrets });
  const opaque = await opaqueTokens(url, log);
  if (hasKey === undefined) return { tokens: opaque, issuer: KBASE_ISSUER, issuers: [KBASE_ISSUER] };
  const signed = await signedTokens({ config, secrets });
  const issuers = [...signed.issuers, KBASE_ISSUER];
  return { ...signed, issuers, tokens: new EitherSource({ signed: signed.tokens, opaque }) };
}

const EXPECTED_NAME = 'Authentication Service';

async function opaqueTokens(url: string, log: Logger): Promise<TokenSource> {
  const service = new KbaseAuthService(url);
  const name = await service.probe();
  if (name !== EXPECTED_NAME) {
    log.warn(`${url} does not say that it is the KBase auth service (its servicename is not "${EXPECTED_NAME}")`);
  }
  return new KbaseSource(service);
}

async function signedTokens({ config, secrets }: Settings): Promise<Tokens> {
  const { jwtPublicKeyPem: publicKeyPem } = secrets;
  const keys = await publishedKeys(config['auth-jwks-url']);
  const makesOwn = secrets.jwtSecret === undefined && publicKeyPem === undefined && keys === undefined;
  const ownKey = makesOwn ? await ownSigningKey(config['data-dir']) : undefined;
  const secret = secrets.jwtSecret ?? ownKey;
  const configured = config['auth-jwt-issuer'];
  const expected = { issuer: configured, audience: config['auth-jwt-audience'] };
  const tokens = new JwtSource(defined({ secret, publicKeyPem, keys, ...expected }));
  const issuer = configured ?? LOCAL_ISSUER;
  return { tokens, issuer, issuers: [issuer], ...defined({ ownKey }) };
}

async function publishedKeys(url: string | undefined): Promise<Jwks | undefined> {
  if (url === undefined) return undefined;
  const keys = new Jwks(url);
  await keys.probe(new Date());
  return keys;
}
