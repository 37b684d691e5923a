import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { ListObjects } from '../../base/schemas/generated.ts';
import { USERS_IF_KNOWN } from '../../identity/nameRules.ts';
import { resolveToShow } from '../../identity/resolver.ts';
import type { Filter, Reader } from '../../store/collection.ts';
import { parseTypestring } from '../modules/typestring.ts';
import { type Identifier, identifierOf } from '../workspaces/identity.ts';
import { metaFilter } from '../workspaces/meta.ts';
import { timeFilter } from '../workspaces/time.ts';

/** The most workspaces that one call may name, and objects that it answers with. */
const MAX_WORKSPACES = 10_000;
const MAX_LISTED = 10_000;
const MAX_INT32 = 2 ** 31 - 1;

/** Where a list begins: at an object, or after one of its versions. */
export interface Start {
  readonly ws: number;
  readonly id: number;
  /** A list goes on with the versions before this one, since newer versions come first. */
  readonly before?: number;
}

export interface Listing {
  readonly workspaces: readonly Identifier[];
  /** The filter of object ids. */
  readonly ids: Filter;
  /** The filter of versions; undefined for none. */
  readonly versions: Filter | undefined;
  readonly start: Start | undefined;
  readonly limit: number;
  readonly deleted: 'never' | 'too' | 'only';
  readonly hiddenToo: boolean;
  readonly allVersions: boolean;
  readonly withMeta: boolean;
}

/**
 * @throws invalid_params, workspace_not_named, workspace_name_invalid, typestring_invalid, username_invalid,
 *   metadata_invalid, object_not_named
 */
export async function parseListing(reader: Reader, params: ListObjects['params']): Promise<Listing> {
  const { showDeleted = 0, showOnlyDeleted = 0, showHidden = 0, showAllVersions = 0, includeMetadata = 0 } = params;
  const workspaces = workspacesOf(params);
  const type = typeFilter(params.type);
  const meta = metaFilter(params.meta);
  const time = timeFilter('savedAt', params);
  const savedBy = await saversFilter(reader, params.savedby);
  const ids = idFilter(params);
  const narrowed = [meta, time, savedBy, ids].some((f) => Object.keys(f).length > 0);
  const start = startOf(params.startafter);
  if (start !== undefined && narrowed) {
    const filters = 'metadata, savers, min/max object IDs, and timestamps cannot be set as filters.';
    throw refuse('invalid_params', `If a starting reference for paging is provided, ${filters}`);
  }
  const versions = { ...type, ...meta, ...time, ...savedBy };
  return {
    workspaces,
    ids,
    versions: Object.keys(versions).length === 0 ? undefined : versions,
    start,
    limit: limitOf(params.limit),
    deleted: showOnlyDeleted !== 0 ? 'only' : showDeleted !== 0 ? 'too' : 'never',
    hiddenToo: showHidden !== 0,
    allVersions: showAllVersions !== 0,
    withMeta: includeMetadata !== 0,
  };
}

function workspacesOf({ workspaces = [], ids = [] }: ListObjects['params']): Identifier[] {
  const named = workspaces.map((workspace) => identifierOf(workspace === null ? {} : { workspace }));
  const numbered = ids.map((id) => identifierOf(id === null ? {} : { id }));
  const count = named.length + numbered.length;
  if (count >= 1 && count <= MAX_WORKSPACES) return [...named, ...numbered];
  const what = `At least one and no more than ${MAX_WORKSPACES} workspaces must be specified`;
  throw refuse('invalid_params', what);
}

function typeFilter(text: string | undefined): Filter {
  if (text === undefined) return {};
  const { module, type, major, minor } = parseTypestring(text);
  const typeMajor = major === undefined ? undefined : { $eq: major };
  const typeMinor = minor === undefined ? undefined : { $eq: minor };
  return { typeName: { $eq: `${module}.${type}` }, ...defined({ typeMajor, typeMinor }) };
}

async function saversFilter(reader: Reader, savers: readonly (string | null)[] = []): Promise<Filter> {
  if (savers.length === 0) return {};
  const names = savers.map((name) => name ?? '');
  const found = await resolveToShow(reader, names, { ...USERS_IF_KNOWN, formerToo: true });
  return { savedBy: { $in: found.map(({ id }) => id) } };
}

function idFilter({ minObjectID: least = 1, maxObjectID: most = 0 }: ListObjects['params']): Filter {
  if (least <= 1 && most < 1) return {};
  return { id: { ...(least > 1 ? { $gte: least } : {}), ...(most >= 1 ? { $lte: most } : {}) } };
}

function limitOf(limit = 0): number {
  if (limit > MAX_INT32) throw refuse('invalid_params', `Limit can be no greater than ${MAX_INT32}`);
  return limit < 1 || limit > MAX_LISTED ? MAX_LISTED : limit;
}

/** `1`, `1/2` or `1/2/3`. A part below 1 is ignored, with all parts after it. @throws invalid_params */
function startOf(reference: string | undefined): Start | undefined {
  if (reference === undefined || reference.trim() === '') return undefined;
  const parts = reference.split('/');
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  if (parts.length > 3) {
    throw refuse('invalid_params', `Illegal reference string, expected no more than 2 separators: ${reference}`);
  }
  const [ws = 0, id = 0, before = 0] = parts.map((part, i) => {
    const text = part.trim();
    if (/^[+-]?\d+$/.test(text)) return Number(text);
    const what = ['workspace ID', 'object ID', 'version'][i];
    throw refuse('invalid_params', `Illegal integer ${what} in reference string ${reference}: ${text}`);
  });
  if (ws < 1) return undefined;
  if (id < 1) return { ws, id: 1 };
  return before < 1 ? { ws, id } : { ws, id, before: Math.min(before, MAX_INT32) };
}
