import { findRecords } from '../audit/query.ts';
import type { AuditRecord } from '../audit/record.ts';
import type { Principal } from '../identity/principal.ts';
import type { ListNoticesMethod, NoticeView } from '../schemas/generated.ts';
import type { Reader } from '../store/collection.ts';

/** What a user was told of the acts of others, the newest first, a page at a time. */
export async function listNotices(
  reader: Reader,
  user: Principal,
  { cursor, limit }: ListNoticesMethod['params'],
): Promise<ListNoticesMethod['result']> {
  const { records, next } = await findRecords(reader, {
    noticeTo: user._id,
    newestFirst: true,
    ...(cursor === undefined ? {} : { cursor }),
    ...(limit === undefined ? {} : { limit }),
  });
  return { notices: records.flatMap((r) => noticesIn(r, user)), ...(next === undefined ? {} : { next }) };
}

function noticesIn({ id, at, actor, onBehalfOf, reason, notices = [] }: AuditRecord, user: Principal): NoticeView[] {
  return notices
    .filter(({ to }) => to === user._id)
    .map(({ about, text }) => ({
      record: id,
      at: at.toISOString(),
      about,
      text,
      by: onBehalfOf?.name ?? actor.name,
      ...(reason === undefined ? {} : { reason }),
    }));
}
