import { commands, methods } from '../../base/schemas/generated.ts';
import { USERS } from '../../identity/nameRules.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import { sessionsOf } from '../../identity/sessions.ts';
import { sessionIdOf } from '../../identity/sessionTokens.ts';
import { lastUses } from '../../identity/sessionUses.ts';
import type { Reader } from '../../store/collection.ts';
import { operation } from '../operation.ts';
import { sessionShown } from './sessionShown.ts';

export const listSessions = operation({
  effect: 'read',
  command: {
    name: 'listSessions',
    summary: 'List the sessions of a user: where they are signed in with a name and a password.',
    user: 'target',
    ...commands.listSessions,
    examples: [{ title: 'Of one user', user: 'lolcats' }],
    run: async ({ reader, user, now }) => {
      const { user: holder } = await one(resolveToShow(reader, [user], USERS));
      return { sessions: await shown(reader, { principal: holder._id, now }) };
    },
  },
  method: {
    name: 'Session.list',
    summary: "List the caller's sessions: where they are signed in with a name and a password.",
    auth: 'required',
    ...methods.Session_list,
    run: async ({ reader, principal, now, credential = '' }) => {
      if (principal === undefined) return { sessions: [] };
      return { sessions: await shown(reader, { principal: principal._id, now, current: sessionIdOf(credential) }) };
    },
  },
});

interface Listed {
  readonly principal: string;
  readonly now: Date;
  /** The id of the session of the call itself. */
  readonly current?: string;
}

async function shown(reader: Reader, { principal, now, current }: Listed) {
  const found = await sessionsOf(reader, principal, now);
  const used = await lastUses(
    reader,
    found.map(({ _id }) => _id),
  );
  return found.map((session) => sessionShown(session, { lastUsed: used.get(session._id), current }));
}
