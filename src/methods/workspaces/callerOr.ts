import type { Principal } from '../../identity/principal.ts';
import type { MethodContext } from '../method.ts';

/** The bearer of the token that old clients send among the parameters, which goes before the one of the request. */
export async function callerOr(ctx: MethodContext, token: string | undefined): Promise<Principal | undefined> {
  return token === undefined ? ctx.caller : ctx.bearerOf(token);
}
