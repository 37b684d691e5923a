import { defined } from '../base/defined.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../store/cursor.ts';
import { type UserView, viewOf } from './directory.ts';
import { type PrincipalKind, type PrincipalState, principals } from './principal.ts';

export interface UserQuery {
  readonly state?: PrincipalState;
  readonly kind?: PrincipalKind;
  /** What the name begins with. */
  readonly prefix?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;
const LIST = 'users';

/**
 * Users by name, a page at a time: `next` is the cursor of the next page, absent on the last.
 *
 * @throws invalid_params
 */
export async function listUsers(reader: Reader, query: UserQuery): Promise<{ users: UserView[]; next?: string }> {
  const { state, kind, prefix, cursor, limit = PAGE } = query;
  const filters: Filter[] = [];
  if (state !== undefined) filters.push({ state: { $eq: state } });
  if (kind !== undefined) filters.push({ kind: { $eq: kind } });
  if (prefix !== undefined) filters.push({ username: { $gte: prefix, $lt: `${prefix}\uffff` } });
  if (cursor !== undefined) {
    const [name, id] = readCursor(LIST, cursor, ['text', 'text']);
    filters.push({ $or: [{ username: { $gt: name } }, { username: { $eq: name }, _id: { $gt: id } }] });
  }
  const filter = filters.length === 0 ? {} : { $and: filters };
  const found = await reader.find(principals, filter, { sort: { username: 1, _id: 1 }, limit: limit + 1 });
  const { page, last } = cutPage(found, limit);
  return { users: page.map(viewOf), ...defined({ next: last && cursorOf(LIST, last.username, last._id) }) };
}
