import type { Authority } from '../../access/authority.ts';
import type { MethodContext } from '../method.ts';

/** The authority of the bearer of the token that old clients send among the parameters; without one, the caller's. */
export async function authorityOr(ctx: MethodContext, token: string | undefined): Promise<Authority> {
  return token === undefined ? ctx.authority : ctx.bearerOf(token);
}
