import { StewardError } from '../base/errors.ts';
import type { Explain } from '../base/schemas/generated.ts';
import { decide } from '../domain/access/decide.ts';
import { guarding, holderOf } from '../domain/access/may.ts';
import { workspaceId } from '../domain/resources/collections.ts';
import { type Reference, readResource } from '../domain/resources/reference.ts';
import type { ResourceType } from '../domain/resources/types.ts';
import { identifierOf, readWorkspace } from '../domain/workspaces/identity.ts';
import type { Principal } from '../identity/principal.ts';
import type { Reader } from '../store/collection.ts';
import type { PolicyParts, View } from './authorise.ts';
import { authorityOfUser, authorityOfUserIn } from './authorities.ts';
import type { Unknown } from './policy/policy.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the user acted as may do with the resource that the parameters name, by the function that decides when the
 * command runs. Undefined if there is no such user or resource.
 */
export async function subjectAccess(
  { dependencies: { people }, now }: PolicyParts,
  { subject, params }: { readonly subject: Principal | undefined | Unknown; readonly params: unknown },
  { roster, reader, tx }: View,
): Promise<Explain['result']['access'] | undefined> {
  if (subject === undefined || typeof subject === 'string' || !isFields(params)) return undefined;
  const reference = await ifFound(referenceIn(reader, params));
  if (reference === undefined) return undefined;
  const authority =
    tx === undefined
      ? await authorityOfUser(people, subject, now())
      : await authorityOfUserIn(tx, { people, roster }, subject);
  const resource = await ifFound(readResource(reader, reference, guarding(authority)));
  if (resource === undefined) return undefined;
  const { level, reason } = decide(authority, 'read', await holderOf(reader, authority, resource));
  return { resource: resource._id, level, reason };
}

/** The first workspace or resource that the parameters name. */
async function referenceIn(reader: Reader, params: Fields): Promise<Reference | undefined> {
  const { wsi, wi, type, externalId, id } = params;
  for (const identity of [wsi, wi, params]) {
    if (!isFields(identity)) continue;
    const { id: number, workspace } = identity;
    if (typeof number === 'number') return { id: workspaceId(number) };
    if (typeof workspace !== 'string') continue;
    const found = await readWorkspace(reader, identifierOf({ workspace }), { fields: [] });
    return { id: workspaceId(found.number) };
  }
  if (typeof externalId === 'string' && typeof type === 'string') return { type: type as ResourceType, externalId };
  return typeof id === 'string' ? { id } : undefined;
}

/** A resource that does not exist, or whose name is not valid, is no error here: the command itself will say so. */
async function ifFound<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof StewardError) return undefined;
    throw error;
  }
}

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
