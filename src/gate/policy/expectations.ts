import type { PolicyExpectation } from '../../base/schemas/generated.ts';
import type { DeclaredCommand } from '../../operations/declared.ts';
import type { Complaint } from './check.ts';
import { allowedByDefault } from './defaultPolicy.ts';
import type { CommandNames } from './groups.ts';
import type { Facts, Policy } from './policy.ts';
import { type Ruling, rulingOf } from './ruling.ts';
import { unknownName } from './yamlFile.ts';

/** The cases of a file that the rules decide otherwise than written there; the paths begin at the file. */
export function unmet(
  policy: Policy,
  expected: readonly PolicyExpectation[],
  known: { readonly names: CommandNames; readonly configured: readonly string[]; readonly now: Date },
): Complaint[] {
  return expected.flatMap((expectation, i) => {
    const command = known.names.commands.get(expectation.command);
    if (command === undefined) {
      const text = unknownName('command', expectation.command, [...known.names.commands.keys()]);
      return [{ path: ['expect', i, 'command'], text }];
    }
    const facts = factsOf(expectation, command, known);
    const byDefault = () => allowedByDefault(facts.actor.rank, expectation.user, command);
    const ruling = rulingOf(policy, facts, { name: expectation.user, byDefault });
    const [key, found] = difference(expectation, ruling) ?? [];
    return key === undefined ? [] : [{ path: ['expect', i, key], text: `the rules say otherwise: ${found}` }];
  });
}

function factsOf(
  { user, rank, roles = [], tokenRoles = [], service, as, asAdmin, params, at, address }: PolicyExpectation,
  command: DeclaredCommand,
  { configured, now }: { readonly configured: readonly string[]; readonly now: Date },
): Facts & { readonly command: DeclaredCommand } {
  const role = rank ?? (configured.includes(user) ? 'full' : 'none');
  return {
    actor: {
      ...person(user),
      ...{ roles, tokenRoles, isService: service === true, isActive: true },
      rank: { role, source: role === 'none' ? 'none' : configured.includes(user) ? 'config' : 'roster' },
    },
    command,
    on:
      as === undefined ? undefined : { ...person(as), roles: [], isAdmin: asAdmin === true || configured.includes(as) },
    params: params ?? {},
    address: address ?? '127.0.0.1',
    now: at === undefined ? now : new Date(at),
  };
}

const person = (entry: string) =>
  entry.startsWith('id:') ? { id: entry.slice('id:'.length), names: [] } : { id: entry, names: [entry] };

type Difference = readonly [key: 'verdict' | 'rule' | 'requires', found: string];

function difference({ verdict, rule, requires }: PolicyExpectation, ruling: Ruling): Difference | undefined {
  const decided = `${ruling.verdict} by ${ruling.rule}${ruling.line === undefined ? '' : ` (line ${ruling.line})`}`;
  if (verdict !== ruling.verdict) return ['verdict', decided];
  if (rule !== undefined && ruling.rule !== `policy:${rule}` && ruling.rule !== rule) return ['rule', decided];
  if (requires === undefined) return undefined;
  const found = requiredKinds(ruling);
  return [...requires].sort().join() === found.join()
    ? undefined
    : ['requires', `it requires ${found.join(', ') || 'nothing'}`];
}

function requiredKinds({ requirements: { approvals, reasons, tickets } }: Ruling): string[] {
  const kinds = { approvals, reason: reasons, ticket: tickets };
  return Object.entries(kinds).flatMap(([kind, found]) => (found.length === 0 ? [] : [kind]));
}
