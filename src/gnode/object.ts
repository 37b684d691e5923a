import type { Authority } from '../access/authority.ts';
import { assertMay, guarding, may } from '../access/may.ts';
import type { People } from '../identity/people.ts';
import { profileNumber } from '../identity/profileNumber.ts';
import { isRoleId } from '../identity/roles.ts';
import { type ResourcePart, readResource, readResources } from '../resources/reference.ts';
import { updateResource } from '../resources/update.ts';
import type { GnodeObject } from '../schemas/generated.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { type ObjectNamed, referenceTo } from './named.ts';
import { levelShown, safetyLevelOf } from './sharing.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the service decides, whoever sends it. */
const DECIDED = ['owner', 'safety_level', 'shared_with', 'id', 'type', 'name'];

/**
 * An object as the portal shows it: with whom it is shared, for who may share it.
 *
 * @throws resource_missing, permission_denied
 */
export async function getObject(reader: Reader, who: Authority, named: ObjectNamed): Promise<GnodeObject> {
  const { fields, items } = guarding(who);
  const found = await readResource(reader, referenceTo(named), { fields: [...fields, 'data'], items });
  await assertMay(reader, who, 'read', found);
  const sharedWith = (await may(reader, who, 'seeGrants', found)) ? await sharedWithIn(reader, found) : null;
  const [owner] = found.owners;
  return {
    id: found.externalId ?? found._id,
    type: found.type,
    fields: {
      ...keptIn(found),
      name: found.name,
      safety_level: safetyLevelOf(found.visibility),
      owner: owner === undefined ? null : `/profiles/profile/${profileNumber(owner)}`,
      shared_with: sharedWith,
    },
  };
}

/** With which users an object is shared. Only who sees them pays for reading them: they may be many. */
async function sharedWithIn(reader: Reader, { _id }: ResourcePart): Promise<Record<string, number>> {
  const [found] = await readResources(reader, [_id], { fields: ['grants'] });
  const ofUsers = (found?.grants ?? []).filter(({ principal }) => !isRoleId(principal));
  return Object.fromEntries(ofUsers.map(({ principal, level }) => [principal, levelShown(level)]));
}

/**
 * Changes the fields that are sent; who owns the object and who may see it is changed elsewhere.
 *
 * @throws resource_missing, permission_denied, invalid_params
 */
export async function updateObject(
  tx: Transaction,
  people: People,
  who: Authority,
  { fields, ...named }: ObjectNamed & { readonly fields: Fields },
): Promise<GnodeObject> {
  const reference = referenceTo(named);
  const { fields: guarded, items } = guarding(who);
  const present = await readResource(tx, reference, { fields: [...guarded, 'data'], items });
  await assertMay(tx, who, 'write', present);
  const more = Object.fromEntries(Object.entries(fields).filter(([key]) => !DECIDED.includes(key)));
  const { name } = fields;
  await updateResource(tx, people, who, {
    id: present._id,
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(Object.keys(more).length === 0 ? {} : { data: { ...keptIn(present), ...more } }),
  });
  return getObject(tx, who, named);
}

function keptIn({ data }: { readonly data?: string }): Fields {
  const kept: unknown = data === undefined ? {} : JSON.parse(data);
  return kept !== null && typeof kept === 'object' && !Array.isArray(kept) ? (kept as Fields) : {};
}
