import jwt from 'jsonwebtoken';

export interface MintOptions {
  readonly secret: string;
  readonly username: string;
  /** The `sub`; the name when absent. */
  readonly subject?: string;
  readonly roles?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly lifetimeSeconds: number;
}

/** Signs a token (HS256) that this service accepts, for whoever holds its secret: the operator. */
export function mintToken(options: MintOptions): string {
  const claims = {
    preferred_username: options.username,
    ...(options.roles === undefined ? {} : { roles: options.roles }),
  };
  return jwt.sign(claims, options.secret, {
    algorithm: 'HS256',
    subject: options.subject ?? options.username,
    expiresIn: options.lifetimeSeconds,
    ...(options.issuer === undefined ? {} : { issuer: options.issuer }),
    ...(options.audience === undefined ? {} : { audience: options.audience }),
  });
}
