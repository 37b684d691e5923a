import type { Authority } from '../../identity/authority.ts';
import { hasAllRights } from '../../identity/genuineAuthority.ts';
import type { Reader } from '../../store/collection.ts';
import { parseReference } from './identify.ts';
import { locate, reading } from './locate.ts';
import type { Reference, StoredVersion } from './object.ts';
import { orNull } from './refusals.ts';

export interface CopySources {
  /** Those that are deleted, or in workspaces that are, or that who asks cannot read. */
  readonly inaccessible: ReadonlySet<Reference>;
}

/** What these versions are copies of, as far as it matters who asks: with all rights, everything is seen. */
export async function copySources(
  reader: Reader,
  who: Authority,
  copies: readonly Pick<StoredVersion, 'copiedFrom'>[],
): Promise<CopySources> {
  const sources = new Set(copies.flatMap(({ copiedFrom }) => copiedFrom ?? []));
  if (sources.size === 0 || hasAllRights(who)) return { inaccessible: new Set() };
  const named = [...sources].map((source) => [source, parseReference(source)] as const);
  const locator = await locate(
    reader,
    who,
    named.map(([, identifier]) => identifier),
  );
  const isOpen = (identifier: (typeof named)[number][1]) => orNull(() => locator.permitted(identifier, reading));
  return { inaccessible: new Set(named.flatMap(([source, i]) => (isOpen(i) === null ? [source] : []))) };
}
