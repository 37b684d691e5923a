import { defined } from '../base/defined.ts';
import type { AdminAction, ListAdminActionsMethod } from '../base/schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import { cursorOf, readCursor } from '../store/cursor.ts';
import { findRecords } from './query.ts';
import type { AuditRecord } from './record.ts';

const LIST = 'adminActions';

/**
 * What administrators did as or to somebody or to what they own, newest first, a page at a time. It shows what concerns them,
 * and neither parameters nor changes, which may name others.
 *
 * @param who the ids of the user, first, and of their roles
 */
export async function listAdminActions(
  reader: Reader,
  who: readonly string[],
  { cursor, from, to, limit }: ListAdminActionsMethod['params'],
): Promise<ListAdminActionsMethod['result']> {
  const instantOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  const bounds = defined({ from: instantOf(from), to: instantOf(to), limit });
  const query = { ...bounds, concerning: who, newestFirst: true };
  const after = cursor === undefined ? undefined : readCursor(LIST, cursor, ['text'])[0];
  const { records, more } = await findRecords(reader, query, defined({ after }));
  const last = records.at(-1);
  return {
    actions: records.map((record) => actionOf(record, who)),
    ...(more && last !== undefined ? { next: cursorOf(LIST, last.id) } : {}),
  };
}

function actionOf({ concerns = [], ...record }: AuditRecord, who: readonly string[]): AdminAction {
  const { id, hash, at, via, command, outcome, error, actor, onBehalfOf, subject, reason } = record;
  const own = concerns.filter((concern) => who.includes(concern.id));
  const more = own.reduce((sum, concern) => sum + (concern.more ?? 0), 0);
  return defined({
    ...{ record: id, hash, at: at.toISOString(), via, command, outcome, error, by: actor.name },
    onBehalfOf: onBehalfOf?.name,
    asYou: subject !== undefined && subject.id === who[0] ? true : undefined,
    reason,
    resources: [...new Set(own.flatMap((concern) => concern.resources))],
    more: more === 0 ? undefined : more,
  }) as AdminAction;
}
