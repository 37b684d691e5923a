import type { LoadedConfig } from './config/load.ts';
import { EitherSource } from './identity/eitherSource.ts';
import { JwtSource, LOCAL_ISSUER } from './identity/jwt.ts';
import { KbaseAuthService } from './identity/kbaseAuthService.ts';
import { KbaseSource } from './identity/kbaseSource.ts';
import { ownSigningKey } from './identity/signingKey.ts';
import { KBASE_ISSUER, type TokenSource } from './identity/token.ts';
import type { Logger } from './log.ts';

/** Where tokens are checked, as configured. */
export interface Tokens {
  readonly tokens: TokenSource;
  /** The issuer of those whom `addUser` makes known by id. */
  readonly issuer: string;
  /** The key that the service made for itself, where nothing else is configured. */
  readonly ownKey?: string;
}

/** @throws UnfitAuthServiceError when the KBase auth service does not answer as it should */
export async function openTokens(
  { config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>,
  log: Logger,
): Promise<Tokens> {
  const url = config['auth2-service-url'];
  if (url === undefined) return signedTokens({ config, secrets });
  const service = new KbaseAuthService(url);
  const name = await service.probe();
  if (name !== EXPECTED_NAME) {
    log.warn(`${url} does not say that it is the KBase auth service (its servicename is not "${EXPECTED_NAME}")`);
  }
  const opaque = new KbaseSource(service);
  if (secrets.jwtSecret === undefined && secrets.jwtPublicKeyPem === undefined) {
    return { tokens: opaque, issuer: KBASE_ISSUER };
  }
  const signed = await signedTokens({ config, secrets });
  return { ...signed, tokens: new EitherSource({ signed: signed.tokens, opaque }) };
}

const EXPECTED_NAME = 'Authentication Service';

async function signedTokens({ config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>): Promise<Tokens> {
  const { jwtSecret, jwtPublicKeyPem } = secrets;
  const ownKey =
    jwtSecret === undefined && jwtPublicKeyPem === undefined ? await ownSigningKey(config['data-dir']) : undefined;
  const secret = jwtSecret ?? ownKey;
  const issuer = config['auth-jwt-issuer'];
  const audience = config['auth-jwt-audience'];
  const tokens = new JwtSource({
    ...(secret === undefined ? {} : { secret }),
    ...(jwtPublicKeyPem === undefined ? {} : { publicKeyPem: jwtPublicKeyPem }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  });
  return { tokens, issuer: issuer ?? LOCAL_ISSUER, ...(ownKey === undefined ? {} : { ownKey }) };
}
