import { refuse, StewardError } from '../../base/errors.ts';
import type { Facts, Judgement, Policy } from './policy.ts';
import { NO_REQUIREMENTS, type Requirements } from './requirements.ts';

/** What the policy file and the default policy together say of a call. */
export interface Ruling {
  readonly verdict: 'allow' | 'deny';
  /** The rule that decides: `policy:NAME`, or `default:RANK`. */
  readonly rule: string;
  /** Where the rule stands in the policy file, if it does. */
  readonly line?: number;
  readonly requirements: Requirements;
  /** The rules that may still change the ruling, if something about the call is not known. */
  readonly open: Judgement['open'];
  /** Why it is refused. */
  readonly refusal?: StewardError;
}

/**
 * A matching `deny` wins, then a matching `allow`, then the default policy. What rules require holds in every case.
 *
 * @param name the actor's, for the refusal
 * @param byDefault the rule of the default policy that allows the call; throws a StewardError if none does
 */
export function rulingOf(policy: Policy, facts: Facts, { name, byDefault }: DefaultRuling): Ruling {
  const { decision, requirements: all, open } = policy.judge(facts);
  const requirements = requiredOf(facts.command, all);
  if (decision?.effect === 'deny') {
    const refusal = refuse('policy_denied', name, facts.command.name, decision.name);
    return { ...denied(refusal, open), rule: `policy:${decision.name}`, line: decision.line };
  }
  if (decision !== undefined) {
    return { verdict: 'allow', rule: `policy:${decision.name}`, line: decision.line, requirements, open };
  }
  try {
    return { verdict: 'allow', rule: byDefault(), requirements, open };
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    return { ...denied(error, open), rule: `default:${facts.actor.rank.role}` };
  }
}

function requiredOf({ open, withoutApproval }: Facts['command'], all: Requirements): Requirements {
  // What only shows or concerns the caller's own rights needs nothing else, or nobody could find out what is needed.
  if (open) return NO_REQUIREMENTS;
  return withoutApproval && all.approvals.length > 0 ? { ...all, approvals: [] } : all;
}

interface DefaultRuling {
  readonly name: string;
  readonly byDefault: () => string;
}

const denied = (refusal: StewardError, open: Judgement['open']) =>
  ({ verdict: 'deny', requirements: NO_REQUIREMENTS, open, refusal }) as const;
