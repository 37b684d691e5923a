import { refuse } from '../../base/errors.ts';
import { commands, methods } from '../../base/schemas/generated.ts';
import { userToChange } from '../../identity/changing.ts';
import { endSessions } from '../../identity/sessions.ts';
import { sessionIdOf } from '../../identity/sessionTokens.ts';
import { operation } from '../operation.ts';

export const endSession = operation({
  effect: 'write',
  needs: ['rules'],
  command: {
    name: 'endSession',
    summary: 'End a session of a user, or all of them.',
    notRevertible: 'credentials are never reverted',
    reserved: true,
    user: 'target',
    ...commands.endSession,
    examples: [
      { title: 'All sessions of a user', user: 'lolcats' },
      { title: 'One of them', user: 'lolcats', params: { session: 'session-3f786850e387550fdab836ed7e6dc881' } },
    ],
    run: async ({ tx, rules, actor, user }, { session }) => {
      const target = await userToChange(tx, { rules, actor }, user);
      return { ended: await endSessions(tx, target._id, session) };
    },
  },
  method: {
    name: 'Session.sign_out',
    summary: 'End the session of the call, another one of the caller, or all of them.',
    auth: 'required',
    ...methods.Session_sign_out,
    run: async ({ tx, principal, credential = '' }, { session, all }) => {
      if (session !== undefined && all === true) throw refuse('invalid_params', 'give either session or all');
      const id = session ?? (all === true ? undefined : sessionIdOf(credential));
      return { ended: await endSessions(tx, principal._id, id) };
    },
  },
});
