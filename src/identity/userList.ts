import { defined } from '../base/defined.ts';
import type { Filter, Reader } from '../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../store/cursor.ts';
import { type UserView, viewOf } from './directory.ts';
import { USERS } from './nameRules.ts';
import { type PrincipalKind, type PrincipalState, principals } from './principal.ts';
import { one, resolveToShow } from './resolver.ts';

export interface UserQuery {
  /** Only the user of this name, in any of its forms. */
  readonly name?: string;
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
 * Users by name, a page at a time: `next` is the cursor of the next page, absent on the last. If a name is given, that user.
 *
 * @throws invalid_params, user_unknown
 */
export async function listUsers(reader: Reader, query: UserQuery): Promise<{ users: UserView[]; next?: string }> {
  const { name, state, kind, prefix, cursor, limit = PAGE } = query;
  if (name !== undefined) return { users: [viewOf((await one(resolveToShow(reader, [name], USERS))).user)] };
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
