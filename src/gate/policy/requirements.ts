/**
 * What the policy requires of a call besides rights. Each requirement names the rule that it comes from; what several
 * rules require adds up.
 */
export interface Requirements {
  /** Each of them must match the reason. */
  readonly reasons: readonly ReasonRequirement[];
  /** Each of them must be met by a ticket. */
  readonly tickets: readonly TicketRequirement[];
  /** Each of them must be met by the approvals of the call. */
  readonly approvals: readonly ApprovalRequirement[];
}

export interface ReasonRequirement {
  readonly rule: string;
  /** Any reason will do without a pattern. */
  readonly pattern?: string;
  /** Whether the pattern matches, in time linear to the length of the reason. */
  readonly matches: (reason: string) => boolean;
}

export interface TicketRequirement {
  readonly rule: string;
  /** The proof must not be older than this. */
  readonly maxAgeMinutes: number;
}

export interface ApprovalRequirement {
  readonly rule: string;
  /** How many distinct people must approve. */
  readonly count: number;
  /** Who may approve, as in the policy; every full administrator without it. */
  readonly by?: readonly string[];
}

export const NO_REQUIREMENTS: Requirements = { reasons: [], tickets: [], approvals: [] };

/** What both require. */
export function added(one: Requirements, other: Requirements): Requirements {
  if (one === NO_REQUIREMENTS) return other;
  if (other === NO_REQUIREMENTS) return one;
  return {
    reasons: [...one.reasons, ...other.reasons],
    tickets: [...one.tickets, ...other.tickets],
    approvals: [...one.approvals, ...other.approvals],
  };
}
