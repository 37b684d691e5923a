import type { Authority } from '../access/authority.ts';
import { accessFields } from '../access/decide.ts';
import type { Reader } from '../store/collection.ts';
import { type Identifier, identifierOf, readWorkspaces } from '../workspaces/identity.ts';
import { ownGrant, permit } from '../workspaces/permit.ts';
import type { Reference, StoredVersion } from './object.ts';
import { orNull } from './refusals.ts';

export interface CopySources {
  /** Those in workspaces that are deleted, or that who asks cannot read. */
  readonly inaccessible: ReadonlySet<Reference>;
}

/** What these versions are copies of, as far as it matters who asks. */
export async function copySources(
  reader: Reader,
  who: Authority,
  copies: readonly Pick<StoredVersion, 'copiedFrom'>[],
): Promise<CopySources> {
  const sources = new Map<Reference, Identifier>();
  for (const { copiedFrom } of copies) {
    if (copiedFrom !== undefined) sources.set(copiedFrom, identifierOf({ id: Number(copiedFrom.split('/')[0]) }));
  }
  if (sources.size === 0) return { inaccessible: new Set() };
  const wanted = { fields: accessFields, items: ownGrant(who) };
  const placeOf = await readWorkspaces(reader, [...sources.values()], wanted);
  const isOpen = (identifier: Identifier) =>
    orNull(() => {
      permit(who, 'read', 'read', identifier, placeOf(identifier));
      return true;
    });
  return { inaccessible: new Set([...sources].flatMap(([source, i]) => (isOpen(i) ? [] : [source]))) };
}
