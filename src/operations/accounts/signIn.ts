import { defined } from '../../base/defined.ts';
import { methods } from '../../base/schemas/generated.ts';
import { openTokenSession } from '../../identity/sessionTokens.ts';
import { operation } from '../operation.ts';

export const signIn = operation({
  summary: 'Sign in to a local account with its name and password, and get a token for other calls.',
  effect: 'write',
  needs: ['sessionHours', 'digestOf'],
  method: {
    name: 'Session.sign_in',
    auth: 'none',
    signsIn: true,
    ...methods.Session_sign_in,
    run: async ({ tx, principal, address, sessionHours: hours, digestOf }, { totp, recoveryCode, client }) => {
      const sent = defined({ totp, recoveryCode });
      const { token, session } = await openTokenSession(tx, principal, { sent, client, address, hours, digestOf });
      return { token, session: session._id, user: principal.username, expires: session.expiresAt.toISOString() };
    },
  },
});
