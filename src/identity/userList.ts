import { refuse } from '../errors.ts';
import type { Reader } from '../store/collection.ts';
import { cutPage } from '../store/cursor.ts';
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

/**
 * Users by name, a page at a time: `next` is the cursor of the page after, absent on the last.
 *
 * @throws invalid_params
 */
export async function listUsers(reader: Reader, query: UserQuery): Promise<{ users: UserView[]; next?: string }> {
  const limit = query.limit ?? PAGE;
  const [afterName, afterId] = query.cursor === undefined ? [] : splitCursor(query.cursor);
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
  return { users: page.map(viewOf), ...(last === undefined ? {} : { next: `${last.username}:${last._id}` }) };
}

function splitCursor(cursor: string): [string, string] {
  const at = cursor.indexOf(':');
  if (at < 1) throw refuse('invalid_params', `cursor must be the \`next\` of the page before (was: ${cursor})`);
  return [cursor.slice(0, at), cursor.slice(at + 1)];
}
