import { defined } from '../../../base/defined.ts';
import { refuse } from '../../../base/errors.ts';
import type { GnodeObject } from '../../../base/schemas/generated.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Authority, UserAuthority } from '../../../identity/authority.ts';
import { profileNumber } from '../../../identity/profileNumber.ts';
import { isRoleId } from '../../../identity/roles.ts';
import type { Reader } from '../../../store/collection.ts';
import type { WriteContext } from '../../access/context.ts';
import type { accessFields } from '../../access/decide.ts';
import { holdingGrants } from '../../access/grants.ts';
import { assertMay, guarding, may } from '../../access/may.ts';
import { type ResourcePart, readResource, readResources } from '../../resources/reference.ts';
import { createResource } from '../../tree/create.ts';
import { moveResource } from '../../tree/move.ts';
import { updateResource } from '../../tree/update.ts';
import { childFields, childrenShown } from './children.ts';
import { type ObjectNamed, referenceTo } from './named.ts';
import { parentFields, parentsIn, parentsShown } from './relations.ts';
import { levelShown, safetyLevelOf } from './sharing.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields that the service sets, and ignores when they are sent. */
const DECIDED = ['owner', 'safety_level', 'shared_with', 'id', 'type', 'name'];
const MAX_NAME = 1_000;

/** The fields to read of an object that is shown. */
export const objectFields = (authority: Authority) => {
  const { fields, items } = guarding(authority);
  return { fields: [...fields, 'data' as const], items };
};

type Found = ResourcePart<(typeof accessFields)[number] | 'data'>;

/**
 * An object as the portal shows it. Callers who may share it see with whom it is shared.
 *
 * @throws resource_missing, permission_denied
 */
export async function getObject(reader: Reader, authority: Authority, named: ObjectNamed): Promise<GnodeObject> {
  const found = await readResource(reader, referenceTo(named), objectFields(authority));
  await assertMay({ reader, authority }, 'read', found);
  const children = (await childrenShown(reader, authority, [found])).get(found._id);
  return objectShown(reader, authority, { found, children });
}

interface FoundObject {
  readonly found: Found;
  /** Its children, as {@link childrenShown} shows them. */
  readonly children: Fields | undefined;
}

/** As {@link getObject}, for an object that the caller may read. */
export async function objectShown(
  reader: Reader,
  authority: Authority,
  { found, children }: FoundObject,
): Promise<GnodeObject> {
  const sharedWith = (await may({ reader, authority }, 'seeGrants', found))
    ? await sharedWithIn(reader, found, authority.at)
    : null;
  const [owner] = found.owners;
  return {
    id: found.externalId ?? found._id,
    type: found.type,
    fields: {
      ...keptIn(found),
      ...(await parentsShown(reader, found)),
      ...children,
      name: found.name,
      safety_level: safetyLevelOf(found.visibility),
      owner: owner === undefined ? null : `/profiles/profile/${profileNumber(owner)}`,
      shared_with: sharedWith,
    },
  };
}

/** The users with whom an object is shared. They may be many, and are read only for callers who may see them. */
async function sharedWithIn(reader: Reader, { _id }: ResourcePart, at: Date): Promise<Record<string, number>> {
  const [found] = await readResources(reader, [_id], { fields: ['grants'] });
  const ofUsers = holdingGrants(found?.grants ?? [], at).filter(({ principal }) => !isRoleId(principal));
  return Object.fromEntries(ofUsers.map(({ principal, level }) => [principal, levelShown(level)]));
}

/**
 * Makes a private object of the caller, below the parents that its fields name. An object without a name gets that of
 * its type.
 *
 * @throws resource_missing, permission_denied, gnode_data_invalid, invalid_params
 */
export async function createObject(
  { tx, people, authority }: WriteContext<UserAuthority>,
  { type, fields }: { readonly type: string; readonly fields: Fields },
): Promise<GnodeObject> {
  const reference = referenceTo({ type, id: '' });
  const { id } = await createResource(
    { tx, people, authority, principal: authority.principal },
    {
      type: reference.type,
      name: nameIn(fields) ?? type,
      parents: await parentsIn(tx, { type: reference.type }, fields),
      data: keptOf(reference.type, fields),
    },
  );
  return getObject(tx, authority, { type, id });
}

/**
 * Changes the fields that are sent, and the parents if they are among them, but not owner and permissions.
 *
 * @throws resource_missing, permission_denied, gnode_data_invalid, invalid_params, resource_cycle
 */
export async function updateObject(
  { tx, people, authority }: WriteContext,
  { fields, ...named }: ObjectNamed & { readonly fields: Fields },
): Promise<GnodeObject> {
  const present = await readResource(tx, referenceTo(named), objectFields(authority));
  await assertMay({ reader: tx, authority }, 'write', present);
  const name = nameIn(fields);
  const more = keptOf(present.type, fields);
  const id = present._id;
  await updateResource(
    { tx, people, authority },
    {
      id,
      ...defined({ name }),
      ...(Object.keys(more).length === 0 ? {} : { data: { ...keptIn(present), ...more } }),
    },
  );
  const parents = await parentsIn(tx, present, fields);
  const held = present.parents ?? [];
  const isMoved = parents.length !== held.length || parents.some((parent) => !held.includes(parent));
  if (isMoved) await moveResource({ tx, people, authority }, { id, parents });
  return getObject(tx, authority, named);
}

/** @throws gnode_data_invalid */
function nameIn({ name }: Fields): string | undefined {
  if (name === undefined || name === null || name === '') return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names may not hold these
  if (typeof name === 'string' && name.length <= MAX_NAME && !/[\u0000-\u001f\u007f]/.test(name)) return name;
  const sent = cutToCharacters(JSON.stringify(name), 64);
  throw refuse('gnode_data_invalid', `name must be a text of at most ${MAX_NAME} characters on one line: ${sent}`);
}

/** The fields that are stored in the object's data. As in the portal, the lists of children cannot be set. */
function keptOf(type: ResourcePart['type'], fields: Fields): Fields {
  const others = new Set([...DECIDED, ...parentFields(type), ...childFields(type)]);
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !others.has(key)));
}

function keptIn({ data }: { readonly data?: string }): Fields {
  const kept: unknown = data === undefined ? {} : JSON.parse(data);
  return kept !== null && typeof kept === 'object' && !Array.isArray(kept) ? (kept as Fields) : {};
}
