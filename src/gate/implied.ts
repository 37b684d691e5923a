import { refuse } from '../base/errors.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import { type Authorised, authorise, type CallToAuthorise, type Refused, type View } from './authorise.ts';
import type { GateParts } from './parts.ts';
import { added } from './policy/requirements.ts';
import { assertRights } from './rights.ts';

type Parts = Parameters<typeof authorise>[0] & Pick<GateParts, 'commands'>;

/** The calls that would have the effect of this one, with their commands. */
export async function impliedBy(
  { commands, now }: Parts,
  { command, params }: Pick<CallToAuthorise, 'command' | 'params'>,
  { reader }: View,
): Promise<readonly Pick<CallToAuthorise, 'command' | 'subject' | 'user' | 'params'>[]> {
  const implied = (await command.implies?.(reader, params as never, now())) ?? [];
  return implied.map(({ command: name, user, params: of }) => {
    const known: DeclaredCommand | undefined = commands.get(name);
    if (known === undefined) throw refuse('command_unknown', name);
    return { command: known, subject: undefined, user, params: of };
  });
}

/**
 * Step 6 for the calls that would have the effect of this one, which is allowed already: all of them must be allowed, and what
 * they require is required.
 *
 * @throws rights_required, and what the call's `implies` throws
 */
export async function withImplied(
  parts: Parts,
  { call, own }: { readonly call: CallToAuthorise; readonly own: Authorised },
  view: View,
): Promise<Authorised | Refused> {
  let requirements = own.requirements;
  for (const implied of await impliedBy(parts, call, view)) {
    const { command } = implied;
    const { rank, caller, tokenRoles: roles } = call;
    await assertRights(parts, { context: { rank, caller, roles }, command }, view);
    const outcome = await authorise(parts, { ...call, ...implied }, view);
    if ('refusal' in outcome) return outcome;
    requirements = added(requirements, outcome.requirements);
  }
  return { ...own, requirements };
}
