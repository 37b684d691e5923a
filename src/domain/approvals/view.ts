import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { ApprovalRequestView } from '../../base/schemas/generated.ts';
import { accountsOf, namedAccounts, type Qualified, type StoredCaller } from '../../identity/qualified.ts';
import type { Change } from '../../store/changes.ts';
import type { Reader } from '../../store/collection.ts';
import { cursorOf, readCursor } from '../../store/cursor.ts';
import {
  type Counting,
  countingApprovals,
  excludedFrom,
  givenOf,
  isTimely,
  type Judging,
  unfitness,
} from './approvers.ts';
import { type ApprovalRequest, type ApprovalState, approvalRequests } from './request.ts';

/** Who looks at requests. */
export interface Looking extends Judging {
  readonly who: Qualified;
}

interface Visible {
  readonly request: ApprovalRequest;
  /** Whether the one who looks made it, or may decide about it; only they see it. */
  readonly isRequester: boolean;
  readonly mayDecide: boolean;
}

/** @throws approval_unknown, also for those who may neither decide about it nor made it */
export async function visibleRequest(reader: Reader, looking: Looking, id: string): Promise<Visible> {
  const request = await reader.get(approvalRequests, id);
  const visible = request === null ? undefined : await seen(looking, request);
  if (visible === undefined) throw refuse('approval_unknown', id);
  return visible;
}

async function seen({ get, basis, who }: Looking, request: ApprovalRequest): Promise<Visible | undefined> {
  const own = accountsOf(who).map(({ _id }) => _id);
  const isRequester = namedAccounts(request.requester).some(({ id }) => own.includes(id));
  const excluded = await excludedFrom(get, request);
  const mayDecide = unfitness(basis.rules, who, { quorums: request.quorums, excluded }) === undefined;
  return isRequester || mayDecide ? { request, isRequester, mayDecide } : undefined;
}

export interface ApprovalQuery {
  readonly state?: ApprovalState;
  readonly cursor?: string;
  readonly limit?: number;
}

const PAGE = 100;
const LIST = 'requests for approval';

/** The requests that one made or may decide about, the newest first, without their changes. */
export async function listApprovals(
  reader: Reader,
  looking: Looking,
  { state, cursor, limit = PAGE }: ApprovalQuery,
): Promise<{ requests: ApprovalRequestView[]; next?: string }> {
  const requests: ApprovalRequestView[] = [];
  let before = cursor === undefined ? undefined : readCursor(LIST, cursor, ['text'])[0];
  for (;;) {
    const filter = defined({ state, _id: before === undefined ? undefined : { $lt: before } });
    const found = await reader.find(approvalRequests, filter, { sort: { _id: -1 }, limit: PAGE });
    for (const request of found) {
      const visible = await seen(looking, request);
      if (visible === undefined) continue;
      if (requests.length === limit) return { requests, next: cursorOf(LIST, before ?? '') };
      requests.push(await viewOf(looking, visible));
      before = request._id;
    }
    if (found.length < PAGE) return { requests };
    before = found.at(-1)?._id;
  }
}

/** One request with the first changes of its plan. @throws approval_unknown */
export async function getApproval(
  reader: Reader,
  looking: Looking,
  id: string,
): Promise<ApprovalRequestView & { readonly changes: Change[] }> {
  const visible = await visibleRequest(reader, looking, id);
  const { changes, moreChanges } = visible.request;
  const shown = { changes: JSON.parse(changes) as Change[], ...(moreChanges === 0 ? {} : { moreChanges }) };
  return { ...(await viewOf(looking, visible)), ...shown };
}

/** A request as those who may see it do. */
export async function viewOf(
  looking: Looking,
  { request, mayDecide }: Pick<Visible, 'request' | 'mayDecide'>,
): Promise<ApprovalRequestView> {
  const { requester, decision, runsItself, quorums, error } = request;
  const counting = await countingApprovals(looking, request, quorums);
  const isOver = request.state === 'open' && !isTimely(request, looking.basis.now);
  return defined({
    request: request._id,
    state: isOver ? ('expired' as const) : request.state,
    command: request.command,
    user: request.user ?? undefined,
    module: request.module ?? undefined,
    params: JSON.parse(request.params) as ApprovalRequestView['params'],
    reason: request.reason,
    by: requester.person.name,
    through: requester.service?.name,
    plan: request.plan,
    requires: quorums.map((quorum) =>
      defined({ ...quorum, by: quorum.by && [...quorum.by], given: givenOf(quorum, counting) }),
    ),
    approvals: request.approvals.map(({ by, at, reason }) => ({
      ...callerShown(by),
      at: at.toISOString(),
      reason,
      counts: countsOf(counting, at, by),
    })),
    mayDecide,
    runsItself,
    runnable: request.runnable,
    requested: request.requestedAt.toISOString(),
    expires: request.expiresAt.toISOString(),
    decided:
      decision && defined({ ...callerShown(decision.by), at: decision.at.toISOString(), reason: decision.reason }),
    error,
  });
}

const callerShown = ({ person, service }: StoredCaller) => defined({ by: person.name, through: service?.name });

const countsOf = (counting: readonly Counting[], at: Date, by: StoredCaller) =>
  counting.some(({ approval }) => approval.at.getTime() === at.getTime() && approval.by.person.id === by.person.id);
