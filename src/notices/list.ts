import { findRecords } from '../audit/query.ts';
import type { AuditRecord } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import type { ListNoticesMethod, NoticeView } from '../base/schemas/generated.ts';
import type { Principal } from '../identity/principal.ts';
import type { Reader } from '../store/collection.ts';
import { cursorOf, readCursor } from '../store/cursor.ts';

/** A user's notices about the acts of others, newest first, a page at a time. */
export async function listNotices(
  reader: Reader,
  user: Principal,
  { cursor, limit }: ListNoticesMethod['params'],
): Promise<ListNoticesMethod['result']> {
  const query = defined({ noticeTo: user._id, newestFirst: true, limit });
  const after = cursor === undefined ? undefined : readCursor(LIST, cursor, ['text'])[0];
  const { records, more } = await findRecords(reader, query, defined({ after }));
  const last = records.at(-1);
  return {
    notices: records.flatMap((r) => noticesIn(r, user)),
    ...(more && last !== undefined ? { next: cursorOf(LIST, last.id) } : {}),
  };
}

const LIST = 'notices';

function noticesIn({ id, at, actor, onBehalfOf, reason, notices = [] }: AuditRecord, user: Principal): NoticeView[] {
  return notices
    .filter(({ to }) => to === user._id)
    .map(({ about, text }) =>
      defined({ record: id, at: at.toISOString(), about, text, by: onBehalfOf?.name ?? actor.name, reason }),
    );
}
