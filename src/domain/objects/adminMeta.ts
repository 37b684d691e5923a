import { refuse } from '../../base/errors.ts';
import type { AlterAdminObjectMetadataMethod, ObjectMetadataUpdate } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { MetaItem } from '../resources/resource.ts';
import { assertUnlocked } from '../workspaces/identity.ts';
import { assertMetaSize, metaItems } from '../workspaces/meta.ts';
import { assertKnownKeys, IDENTITY_KEYS, type ObjectIdentifier, objectIdentifierOf } from './identify.ts';
import { readVersions } from './info.ts';
import { locate } from './locate.ts';
import { type StoredVersion, versions } from './object.ts';
import { withPrefix } from './refusals.ts';

const MAX_UPDATES = 1_000;

interface Update {
  readonly identifier: ObjectIdentifier;
  readonly added: readonly MetaItem[];
  readonly removed: readonly string[];
}

/**
 * Changes the metadata that only administrators set: all updates or none. A key that is both set and removed is
 * removed.
 *
 * @throws metadata_invalid, invalid_params, object_not_named, object_name_invalid, reference_invalid,
 *   workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted, workspace_locked,
 *   object_missing, object_deleted
 */
export async function alterAdminMetadata(
  tx: Transaction,
  authority: Authority,
  { updates = [] }: AlterAdminObjectMetadataMethod['params'],
): Promise<void> {
  assertAllRights(authority);
  if (updates.length === 0) throw refuse('invalid_params', 'updates list cannot be empty');
  const listed = updates.map((update, i) => withPrefix(`Error processing update index ${i}: `, () => updateOf(update)));
  // As in KBase, of several updates of one identifier the last one holds.
  const wanted = [...new Map(listed.map((update) => [identifierText(update.identifier), update])).values()];
  if (wanted.length > MAX_UPDATES) {
    throw refuse('invalid_params', `No more than ${MAX_UPDATES} updates can be applied at once`);
  }
  const locator = await locate(
    tx,
    authority,
    wanted.map((u) => u.identifier),
  );
  const located = wanted.map(({ identifier }) => {
    const found = locator.permitted(identifier, 'write to');
    withPrefix(`Object ${identifier.given} cannot be accessed: `, () => assertUnlocked(found.workspace));
    return found;
  });
  const versionOf = await readVersions(tx, located, ['adminMeta']);
  // A version that is named more than once gets its updates one after the other.
  const changed = new Map<string, readonly MetaItem[]>();
  for (const [i, { added, removed }] of wanted.entries()) {
    const one = located[i];
    if (one === undefined) continue;
    const { _id, adminMeta } = versionOf(one);
    changed.set(_id, altered(changed.get(_id) ?? adminMeta, added, removed));
  }
  const before = new Map(located.map(versionOf).map((version) => [version._id, version]));
  await tx.updateEach(
    versions,
    [...before.values()].map((version) => ({
      before: version,
      after: { ...version, adminMeta: changed.get(version._id) ?? version.adminMeta },
    })),
  );
}

const identifierText = ({ workspace, name, id, version }: ObjectIdentifier) =>
  JSON.stringify([workspace.name, workspace.number, name, id, version]);

function updateOf(update: ObjectMetadataUpdate | null): Update {
  if (update === null) throw refuse('invalid_params', 'ObjectMetadataUpdate cannot be null');
  assertKnownKeys('ObjectMetadataUpdate', update, ['oi', 'new', 'remove']);
  const { oi, new: set, remove = [] } = update;
  const added = metaItems(set);
  const removed = remove.map((key) => {
    if (key === null) throw refuse('metadata_invalid', 'Null values are not allowed for metadata keys');
    return key;
  });
  if (added.length === 0 && removed.length === 0) throw refuse('metadata_invalid', 'A metadata update is required');
  assertKnownKeys('ObjectIdentity', oi ?? null, IDENTITY_KEYS);
  const identifier = objectIdentifierOf(oi);
  return { identifier, added, removed };
}

function altered(
  meta: StoredVersion['adminMeta'],
  added: readonly MetaItem[],
  removed: readonly string[],
): readonly MetaItem[] {
  const replaced = new Set([...added.map((item) => item.key)]);
  const items = [...meta.filter((item) => !replaced.has(item.key)), ...added];
  const kept = items.filter((item) => !removed.includes(item.key));
  assertMetaSize(kept, 'Updated metadata exceeds allowed size of 16000B');
  return kept;
}
