/** What a policy of the tests says of a command. */
export interface Rule {
  /** Who may run it by a rule. */
  readonly allow?: readonly string[];
  /** The pattern that a reason must match. */
  readonly reason?: string;
  readonly approvals?: readonly ApprovalRule[];
}

interface ApprovalRule {
  readonly rule: string;
  readonly count: number;
  readonly by?: readonly string[];
}

/** The text of a policy file with these rules, by the name of the command. */
export function policyOf(rules: Readonly<Record<string, Rule>>): string {
  const taken = new Set<string>();
  const unique = (name: string): string => {
    const free = taken.has(name) ? `${name}-${taken.size}` : name;
    taken.add(free);
    return free;
  };
  const written = Object.entries(rules).flatMap(([command, { allow, reason, approvals: required = [] }]) => {
    const about = { who: ['anybody'], commands: [command] };
    return [
      ...(allow === undefined ? [] : [{ name: unique('allowed'), who: allow, commands: [command], allow: true }]),
      ...(reason === undefined ? [] : [{ name: unique('says-why'), ...about, require: { reason } }]),
      ...required.map(({ rule, ...of }) => ({ name: unique(rule), ...about, require: { approvals: of } })),
    ];
  });
  return JSON.stringify({ rules: written });
}

/** A rule that requires approvals. */
export function approvals(count = 1, by?: readonly string[], rule = 'needs-approval'): Rule {
  return { approvals: [by === undefined ? { rule, count } : { rule, count, by }] };
}
