import type { Reason } from '../../base/errors.ts';
import type { StoredCaller } from '../../identity/qualified.ts';
import { collection, type Stored } from '../../store/collection.ts';

/** `stale`: the command would no longer do what was approved. `failed`: it was to run by itself and could not. */
export type ApprovalState = 'open' | 'used' | 'denied' | 'cancelled' | 'expired' | 'stale' | 'failed';

/** How many people must approve, and which, as a rule of the policy says. */
export interface Quorum {
  readonly rule: string;
  readonly count: number;
  /** Every full administrator without limits when absent. */
  readonly by?: readonly string[];
}

export interface Approval {
  readonly by: StoredCaller;
  readonly at: Date;
  readonly reason: string;
}

/** A call that waits for approval. It holds for exactly this call and this effect, once, until it expires. */
export interface ApprovalRequest extends Stored {
  readonly state: ApprovalState;
  readonly requester: StoredCaller;
  readonly command: string;
  readonly user?: string | null;
  readonly module?: string | null;
  /** The parameters as JSON text, without secrets and stored content. */
  readonly params: string;
  /** Whether `params` is all that was sent, so that the command can be run from it. */
  readonly runnable: boolean;
  readonly reason?: string;
  /** The users acted as, or that the command is about. They may not approve it. */
  readonly about: readonly string[];
  /** A keyed digest of the call and its callers. There is at most one open request for it. */
  readonly call: string;
  readonly plan: string;
  /** A keyed digest of what the command would change. */
  readonly effect: string;
  /** The first changes of the plan as JSON text, and how many more there are. */
  readonly changes: string;
  readonly moreChanges: number;
  readonly quorums: readonly Quorum[];
  readonly approvals: readonly Approval[];
  /** Set while it is to run by itself, or the requester is still to be told how that ended. */
  readonly runsItself?: true;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  /** Who denied or cancelled it. */
  readonly decision?: { readonly by: StoredCaller; readonly at: Date; readonly reason?: string };
  readonly error?: { readonly reason: Reason; readonly message: string };
  /** The ids of all users whom it names, but for those who decided about it. */
  readonly names: readonly string[];
  readonly deciders: readonly string[];
  /** When the database removes it. The audit keeps what was done. */
  readonly purgeAt: Date;
}

export const approvalRequests = collection<ApprovalRequest>('approvalRequests', {
  indexes: [
    { key: { call: 1 }, name: 'open_call', unique: true, partialFilterExpression: { state: 'open' } },
    { key: { state: 1, 'requester.person.id': 1 }, name: 'state' },
    { key: { runsItself: 1 }, name: 'runs_itself', partialFilterExpression: { runsItself: true } },
    { key: { names: 1 }, name: 'names' },
    { key: { deciders: 1 }, name: 'deciders' },
    { key: { purgeAt: 1 }, expireAfterSeconds: 0 },
  ],
  long: ['params', 'changes'],
});

/** How long a request is kept after it expired, so that its requester can look at it. */
export const KEPT_MS = 30 * 24 * 3_600_000;

/** A request as those name it who are told about it, such as `addAdmin eve`. */
export const titleOf = ({ command, user }: Pick<ApprovalRequest, 'command' | 'user'>): string =>
  user === undefined || user === null ? command : `${command} ${user}`;
