import { refuse } from '../../base/errors.ts';
import type { GetNamesByPrefixMethod } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Reader } from '../../store/collection.ts';
import { accessFields } from '../access/decide.ts';
import { identifierOf, readWorkspaces } from '../workspaces/identity.ts';
import { assertPermitted, ownGrant } from '../workspaces/permit.ts';
import { presentFilter } from './deleted.ts';
import { objects } from './object.ts';

const MAX_WORKSPACES = 1_000;
const MAX_NAMES = 1_000;

/**
 * The first names in each workspace with this prefix, in order: for completion while somebody types.
 *
 * @throws invalid_params, workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted,
 *   permission_denied
 */
export async function getNamesByPrefix(
  reader: Reader,
  authority: Authority,
  { workspaces = [], prefix, includeHidden = 0 }: GetNamesByPrefixMethod['params'],
): Promise<GetNamesByPrefixMethod['result']> {
  if (workspaces.length > MAX_WORKSPACES) {
    throw refuse('invalid_params', `Maximum number of workspaces allowed for input is ${MAX_WORKSPACES}`);
  }
  if (prefix === undefined) throw refuse('invalid_params', 'prefix cannot be null');
  if (workspaces.length === 0) return { names: [] };
  const identifiers = workspaces.map((identity) => identifierOf(identity));
  const fields = [...accessFields, 'undeletions'] as const;
  const placeOf = await readWorkspaces(reader, identifiers, { fields, items: ownGrant(authority) });
  const places = identifiers.map((identifier) => {
    const place = placeOf(identifier);
    assertPermitted(authority, { verb: 'read', identifier, workspace: place });
    return place;
  });
  const names: string[][] = [];
  for (const place of places) {
    const filter = {
      ws: { $eq: place.number },
      // Names are ASCII, so that all with this prefix sort before it with the highest character added.
      name: { $gte: prefix, $lt: `${prefix}\uffff` },
      ...(includeHidden === 0 ? { hidden: false } : {}),
      ...presentFilter(place),
    };
    const options = { sort: { ws: 1, name: 1 } as const, limit: MAX_NAMES };
    const found = await reader.parts(objects, filter, { fields: ['name'], ...options });
    names.push(found.map((o) => o.name));
  }
  return { names };
}
