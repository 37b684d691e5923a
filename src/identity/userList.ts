import type { Reader } from '../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../store/cursor.ts';
import { type UserView, viewOf } from './directory.ts';
import { type PrincipalKind, type PrincipalState, principals } from './principal.ts';

export interface UserQuery {
  readonly state?: PrincipalState;
  readonly kind?: PrincipalKind;
  /** The beginning of the name. */
  readonly prefix?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;
const LIST = 'users';

/**
 * Users by name, a page at a time: `next` is the cursor of the page after, absent on the last.
 *
 * @throws invalid_params
 */
export async function listUsers(reader: Reader, query: UserQuery): Promise<{ users: UserView[]; next?: string }> {
  const limit = query.limit ?? PAGE;
  const [afterName, afterId] = query.cursor === undefined ? [] : readCursor(LIST, query.cursor, ['text', 'text']);
  const found = await reader.find(
    principals,
    {
      ...(query.state === undefined ? {} : { state: { $eq: query.state } }),
      ...(query.kind === undefined ? {} : { kind: { $eq: query.kind } }),
      ...(query.prefix === undefined ? {} : { username: { $gte: query.prefix, $lt: `${query.prefix}\uffff` } }),
      ...(afterName === undefined || afterId === undefined
        ? {}
        : { $or: [{ username: { $gt: afterName } }, { username: { $eq: afterName }, _id: { $gt: afterId } }] }),
    },
    { sort: { username: 1, _id: 1 }, limit: limit + 1 },
  );
  const { page, last } = cutPage(found, limit);
  return { users: page.map(viewOf), ...(last === undefined ? {} : { next: cursorOf(LIST, last.username, last._id) }) };
}
