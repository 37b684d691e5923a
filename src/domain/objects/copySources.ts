import { hasAllRights } from '../../identity/genuineAuthority.ts';
import type { ReadAccess } from '../access/context.ts';
import { parseReference } from './identify.ts';
import { locate } from './locate.ts';
import type { Reference, StoredVersion } from './object.ts';
import { orNull } from './refusals.ts';

/** The sources of these copies that are deleted or may not be read. */
export async function inaccessibleSources(
  { reader, authority }: ReadAccess,
  copies: readonly Pick<StoredVersion, 'copiedFrom'>[],
): Promise<ReadonlySet<Reference>> {
  const sources = new Set(copies.flatMap(({ copiedFrom }) => copiedFrom ?? []));
  if (sources.size === 0 || hasAllRights(authority)) return new Set();
  const named = [...sources].map((source) => [source, parseReference(source)] as const);
  const locator = await locate(
    reader,
    authority,
    named.map(([, identifier]) => identifier),
  );
  const isOpen = (identifier: (typeof named)[number][1]) => orNull(() => locator.permitted(identifier, 'read'));
  return new Set(named.flatMap(([source, i]) => (isOpen(i) === null ? [source] : [])));
}
