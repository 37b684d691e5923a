import { defined } from '../../base/defined.ts';
import { holds } from '../../base/expiry.ts';
import type { ExpiringRight, ListExpiring } from '../../base/schemas/generated.ts';
import { accountShown } from '../../identity/accounts.ts';
import { adminListing } from '../../identity/admins.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import type { People } from '../../identity/people.ts';
import { one, resolveToShow } from '../../identity/resolver.ts';
import { roleName, roles } from '../../identity/roles.ts';
import { type AdminRules, emptyRoster, ROSTER_ID, rosters } from '../../identity/roster.ts';
import type { Collection, Filter, Part, Period, Reader, Stored } from '../../store/collection.ts';
import { cursorOf, cutPage, readCursor } from '../../store/cursor.ts';
import { type Resource, resources, workspaces } from '../resources/resource.ts';
import type { ResourceType } from '../resources/types.ts';

export interface ExpiringContext {
  readonly reader: Reader;
  readonly people: People;
  readonly rules: AdminRules;
  readonly now: Date;
}

const PAGE = 100;
const LIST = 'expiring rights';
const DAY_MS = 86_400_000;
const DAYS = 30;
/** How many documents one query reads. */
const BATCH = 500;
/**
 * The period that is read first; each further one is several times as long. So a page costs about what ends soon, and
 * not what ends at all.
 */
const FIRST_MS = 3_600_000;
const GROWTH = 4;

/** A right that ends, and its place in the list: by the end, then by what it is a right on, and whose it is. */
interface Found {
  readonly expires: Date;
  /** The collection of what it is a right on. */
  readonly of: string;
  readonly on: string;
  readonly principal: string;
  readonly shown: Omit<ExpiringRight, 'expires' | 'accountType' | 'account' | 'id'>;
}

interface Wanted {
  readonly principal: string | undefined;
  readonly type: ResourceType | undefined;
}

/** All rights of one kind that end in a period, in batches. */
type Source = (context: ExpiringContext, wanted: Wanted, period: Period) => AsyncGenerator<Found[]>;

/**
 * The grants, memberships of roles and rights of administrators that hold and end soon, soonest first, a page at a time.
 *
 * @throws user_unknown, role_unknown, invalid_params for a cursor of another list
 */
export async function listExpiring(
  context: ExpiringContext,
  { within = DAYS, user, type, cursor, limit = PAGE }: ListExpiring['params'],
): Promise<ListExpiring['result']> {
  const { reader, people, now } = context;
  const principal = user === undefined ? undefined : (await one(resolveToShow(reader, [user], ACCOUNTS))).id;
  const start = cursor === undefined ? undefined : readCursor(LIST, cursor, ['count', 'text', 'text', 'text']);
  const isNext = (found: Found) => start === undefined || compare(keyOf(found), start) > 0;
  const wanted = { principal, type };
  const end = now.getTime() + within * DAY_MS;
  // Other rights may end at the instant at which the page before ended.
  let after = Math.max(now.getTime(), start === undefined ? 0 : start[0] - 1);
  let found: Found[] = [];
  for (let length = FIRST_MS; found.length <= limit && after < end; length *= GROWTH) {
    const until = Math.min(after + length, end);
    const period = { after: new Date(after), until: new Date(until) };
    let soonest: Found[] = [];
    for (const source of type === undefined ? [grants, memberships, admins] : [grants])
      for await (const batch of source(context, wanted, period)) {
        const sorted = [...soonest, ...batch.filter(isNext)].sort((a, b) => compare(keyOf(a), keyOf(b)));
        soonest = sorted.slice(0, limit + 1 - found.length);
      }
    found = [...found, ...soonest];
    after = until;
  }
  const { page, last } = cutPage(found, limit);
  const nameOf = await people.names(page.map((right) => right.principal));
  const expiring = page.map(({ expires, principal: id, shown }) => ({
    ...{ expires: expires.toISOString(), ...accountShown(id, nameOf), id },
    ...shown,
  }));
  return { expiring, ...defined({ next: last && cursorOf(LIST, ...keyOf(last)) }) };
}

type Key = readonly [end: number, of: string, on: string, principal: string];

const keyOf = ({ expires, of, on, principal }: Found): Key => [expires.getTime(), of, on, principal];

function compare(a: Key, b: Key): number {
  const i = a.findIndex((part, place) => part !== b[place]);
  const [x, y] = [a[i] ?? 0, b[i] ?? 0];
  return x < y ? -1 : x > y ? 1 : 0;
}

const grants: Source = async function* ({ reader }, { principal, type }, period) {
  const ofType = type === undefined ? {} : { type: { $eq: type } };
  const fields = ['type', 'name', 'externalId', 'grants'] as const;
  const places: readonly (readonly [Collection<Resource>, string])[] = [
    [workspaces, 'workspace_expiring'],
    [resources, 'tree_expiring'],
  ];
  for (const [from, hint] of places) {
    const read = { from, list: 'grants', fields, filter: ofType, hint, principal, period };
    for await (const batch of batches(reader, read)) {
      yield batch.flatMap(({ _id: id, grants: ending, ...of }) => {
        const resource = { id, type: of.type, name: of.name, ...defined({ externalId: of.externalId }) };
        return ending.flatMap(({ principal: holder, level, expires }) =>
          expires === undefined
            ? []
            : [{ expires, of: from.name, on: id, principal: holder, shown: { right: 'grant', level, resource } }],
        );
      });
    }
  }
};

const memberships: Source = async function* ({ reader }, { principal }, period) {
  const fields = ['name', 'living', 'members'] as const;
  const read = { from: roles, list: 'members', fields, filter: {}, hint: 'members_expiring', principal, period };
  for await (const batch of batches(reader, read)) {
    yield batch.flatMap((role) =>
      role.members.flatMap(({ principal: member, expires }) => {
        if (expires === undefined) return [];
        const shown = { right: 'membership', role: roleName(role) } as const;
        return [{ expires, of: roles.name, on: role._id, principal: member, shown }];
      }),
    );
  }
};

const admins: Source = async function* ({ reader, rules }, { principal }, { after = new Date(0), until }) {
  if (rules.tokenRoles !== undefined) return;
  const roster = (await reader.get(rosters, ROSTER_ID)) ?? emptyRoster();
  yield (await adminListing(reader, rules, roster)).flatMap(({ id, role: adminRole, source, expires: text }) => {
    if (id === undefined || text === undefined || source !== 'roster') return [];
    const expires = new Date(text);
    const ends = holds({ expires }, after) && !holds({ expires }, until);
    if (!ends || (principal !== undefined && principal !== id)) return [];
    return [{ expires, of: rosters.name, on: '', principal: id, shown: { right: 'admin', adminRole } as const }];
  });
};

interface ReadEnding<T extends Stored, K extends string> {
  readonly from: Collection<T>;
  /** A list of rights, each with a principal. */
  readonly list: string;
  readonly fields: readonly K[];
  readonly filter: Filter;
  /** The index of rights that expire. */
  readonly hint: string;
  readonly principal: string | undefined;
  readonly period: Period;
}

/** The documents with rights that end in the period, with only these rights. */
async function* batches<T extends Stored, K extends keyof T & string>(
  reader: Reader,
  { from, list, fields, filter, hint, principal, period }: ReadEnding<T, K>,
): AsyncGenerator<Part<T, K>[]> {
  const { after = new Date(0), until } = period;
  const whose = principal === undefined ? {} : { principal: { $eq: principal } };
  const ending = { [list]: { $elemMatch: { ...whose, expires: { $gt: after, $lte: until } } } };
  const wanted = {
    ...{ fields, expiring: { [list]: period } },
    ...(principal === undefined ? {} : { items: { [list]: [principal] } }),
    ...({ hint, sort: { _id: 1 }, sortsParts: true, limit: BATCH } as const),
  };
  for (let last = ''; ; ) {
    const found = await reader.parts(from, { ...filter, ...ending, _id: { $gt: last } }, wanted);
    if (found.length > 0) yield found;
    if (found.length < BATCH) return;
    last = found.at(-1)?._id ?? '';
  }
}
