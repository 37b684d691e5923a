import { CLOCK_TOLERANCE_MS } from '../../identity/breakGlass.ts';
import { type Principal, principals } from '../../identity/principal.ts';
import {
  accountsOf,
  isAmong,
  isUnlimited,
  type NamesOf,
  namedAccounts,
  type Qualified,
  qualifiedNow,
} from '../../identity/qualified.ts';
import type { RankBasis } from '../../identity/rank.ts';
import type { AdminRules } from '../../identity/roster.ts';
import { isSamePerson } from '../../identity/samePerson.ts';
import type { Reader } from '../../store/collection.ts';
import type { Approval, ApprovalRequest, Quorum } from './request.ts';

/** Those who may not decide about a request: who made it, the service through which they did, and whom it is about. */
export interface Excluded {
  readonly requesters: readonly Principal[];
  readonly about: readonly Principal[];
}

export async function excludedFrom(
  get: Reader['get'],
  { requester, about }: Pick<ApprovalRequest, 'requester' | 'about'>,
): Promise<Excluded> {
  const read = async (ids: readonly string[]) => {
    const found: Principal[] = [];
    for (const id of ids) {
      const account = await get(principals, id);
      if (account !== null) found.push(account);
    }
    return found;
  };
  return { requesters: await read(namedAccounts(requester).map(({ id }) => id)), about: await read(about) };
}

/** Why somebody may not decide about a request at all; undefined if they may. */
export function unfitness(
  rules: AdminRules,
  approver: Qualified,
  { quorums, excluded }: { readonly quorums: readonly Quorum[]; readonly excluded: Excluded },
): string | undefined {
  const { person, service, rank } = approver;
  const accounts = accountsOf(approver);
  const isOneOf = (others: readonly Principal[]) =>
    others.some((other) => accounts.some((account) => isSamePerson(rules, account, other)));
  if (isOneOf(excluded.requesters)) return 'they made it, with this or another account, or through the same service';
  if (isOneOf(excluded.about)) return 'the command acts as them or is about them';
  const actsFor = [rank, rank.through].flatMap((each) => each?.as ?? []);
  if (excluded.requesters.some(({ _id }) => actsFor.includes(_id) && _id !== person._id)) {
    return 'they may act for the one who made it';
  }
  if (service === undefined && person.kind === 'service') return 'a service alone is not a person';
  if (!quorums.some((quorum) => isOf(quorum, approver))) {
    const wanted = quorums.map(
      ({ rule, by }) => `${by?.join(', ') ?? 'a full administrator without limits'} (${rule})`,
    );
    return `they are not among those whom the policy names: ${wanted.join('; ')}`;
  }
  return undefined;
}

/** What a service may run was checked when it did; here only the limits of the person count. */
const isOf = ({ by }: Quorum, approver: Qualified) =>
  by === undefined ? isUnlimited(approver.rank) : isAmong(by, approver);

/** An approval whose approver is qualified now. */
export interface Counting {
  readonly approval: Approval;
  readonly approver: Qualified;
}

/** What judging approvals rests on. */
export interface Judging {
  /** Reads the accounts on which an approval depends. */
  readonly get: Reader['get'];
  readonly lists: Reader;
  readonly namesOf: NamesOf;
  readonly basis: RankBasis;
}

/** The approvals that count now: of people who are still qualified, each person once. */
export async function countingApprovals(
  { get, lists, namesOf, basis }: Judging,
  request: Pick<ApprovalRequest, 'requester' | 'about' | 'approvals'>,
  quorums: readonly Quorum[],
): Promise<Counting[]> {
  const excluded = await excludedFrom(get, request);
  const counting: Counting[] = [];
  for (const approval of request.approvals) {
    const approver = await qualifiedNow({ get, lists, namesOf }, { caller: approval.by, basis });
    if (approver === undefined || unfitness(basis.rules, approver, { quorums, excluded }) !== undefined) continue;
    if (counting.some(({ approver: other }) => areSame(basis.rules, approver, other))) continue;
    counting.push({ approval, approver });
  }
  return counting;
}

/** Whether two approvers share a person or a service. */
export const areSame = (rules: AdminRules, one: Qualified, other: Qualified): boolean =>
  accountsOf(one).some((a) => accountsOf(other).some((b) => isSamePerson(rules, a, b)));

/** The first rule whose approvals are not complete, with how many it has. */
export function missingFrom(quorums: readonly Quorum[], counting: readonly Counting[]) {
  for (const quorum of quorums) {
    const given = counting.filter(({ approver }) => isOf(quorum, approver)).length;
    if (given < quorum.count) return { ...quorum, given };
  }
  return undefined;
}

export const givenOf = (quorum: Quorum, counting: readonly Counting[]): number =>
  counting.filter(({ approver }) => isOf(quorum, approver)).length;

/** Whether a request can still be used at this time. A clock that was set back to before its last step does not count. */
export function isTimely({ requestedAt, approvals, expiresAt }: ApprovalRequest, now: Date): boolean {
  const last = Math.max(requestedAt.getTime(), ...approvals.map(({ at }) => at.getTime()));
  return now.getTime() >= last - CLOCK_TOLERANCE_MS && now.getTime() < expiresAt.getTime();
}
