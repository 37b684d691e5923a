import { refuse } from '../../base/errors.ts';
import type { AlterWorkspaceMetadataMethod, SetWorkspaceDescriptionParams } from '../../base/schemas/generated.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
import { assertUnlocked, identifierOf } from './identity.ts';
import { assertMetaSize, metaItems } from './meta.ts';
import { readPermitted } from './permit.ts';

const MAX_DESCRIPTION = 1_000;

/** The field of the description: cut at 1,000 characters, absent where there is none. */
export function describe(description: string | null | undefined): Pick<Workspace, 'description'> {
  if (description === null || description === undefined) return {};
  return { description: cutToCharacters(description, MAX_DESCRIPTION) };
}

/**
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked,
 *   permission_denied
 */
export async function setWorkspaceDescription(
  tx: Transaction,
  authority: Authority,
  { description, ...identity }: SetWorkspaceDescriptionParams,
): Promise<void> {
  const wanted = { verb: 'set description on', fields: ['locked', 'description', 'modifiedAt'] } as const;
  const present = await readPermitted({ reader: tx, authority }, identity, wanted);
  assertUnlocked(present);
  const { description: _, ...others } = present;
  await tx.update(workspaces, present, { ...others, ...describe(description), modifiedAt: tx.now });
}

/**
 * Sets and removes keys of a workspace's metadata; where a key is in both, it is removed.
 *
 * @throws metadata_invalid, workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted,
 *   workspace_locked, permission_denied
 */
export async function alterWorkspaceMetadata(
  tx: Transaction,
  authority: Authority,
  { wsi, new: added, remove = [] }: AlterWorkspaceMetadataMethod['params'],
): Promise<void> {
  identifierOf(wsi);
  const items = metaItems(added);
  if (items.length === 0 && remove.length === 0) {
    throw refuse('metadata_invalid', 'Must provide metadata keys to add or remove');
  }
  const wanted = { verb: 'alter metadata for', fields: ['locked', 'meta', 'modifiedAt'] } as const;
  const present = await readPermitted({ reader: tx, authority }, wsi, wanted);
  assertUnlocked(present);
  const replaced = new Set(items.map((item) => item.key));
  const meta = [...present.meta.filter((item) => !replaced.has(item.key)), ...items].filter(
    (item) => !remove.includes(item.key),
  );
  assertMetaSize(meta, 'Updated metadata exceeds allowed size of 16000B');
  await tx.update(workspaces, present, { ...present, meta, modifiedAt: tx.now });
}
