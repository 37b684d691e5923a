import { refuse, StewardError } from '../../base/errors.ts';
import type {
  GetPermissionsMass,
  ItemError,
  KBasePermissions,
  WorkspaceIdentity,
} from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { hasAllRights, isUser } from '../../identity/genuineAuthority.ts';
import type { People } from '../../identity/people.ts';
import { wireName } from '../../identity/principal.ts';
import type { ReadContext } from '../access/context.ts';
import { type AccessFields, accessFields, decide, isOwn } from '../access/decide.ts';
import { holdingGrants } from '../access/grants.ts';
import { letterOf } from '../access/kbase.ts';
import { identifierOf, readWorkspace, readWorkspaces } from './identity.ts';

/** The most workspaces that one call may name. */
export const MAX_WORKSPACES = 1_000;

/**
 * The permissions on a workspace as KBase's letters: all for administrators and for callers who may write, else the
 * caller's own (`n` if they have none) and that of everybody. Anonymous callers see only the latter.
 *
 * @throws workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted
 */
export async function getPermissions(
  { reader, people, authority }: ReadContext,
  identity: WorkspaceIdentity,
): Promise<KBasePermissions> {
  const identifier = identifierOf(identity);
  const workspace = await readWorkspace(reader, identifier, { fields: accessFields });
  return permissionsShown(authority, workspace, await people.names(principalsShown(authority, workspace)));
}

/**
 * As {@link getPermissions} for up to 1,000 workspaces, in order. A workspace that cannot be shown fails the call; with
 * `ignoreErrors` it is null, with its error in `errors`.
 *
 * @throws invalid_params, workspace_not_named, workspace_name_invalid, workspace_missing, workspace_deleted
 */
export async function getPermissionsMass(
  { reader, people, authority }: ReadContext,
  { workspaces, ignoreErrors = 0 }: GetPermissionsMass['params'],
): Promise<GetPermissionsMass['result']> {
  if (workspaces === undefined) throw refuse('invalid_params', 'workspaces cannot be null');
  if (workspaces.length > MAX_WORKSPACES) {
    throw refuse('invalid_params', `Maximum number of workspaces allowed for input is ${MAX_WORKSPACES}`);
  }
  const settle = ignoreErrors === 0 ? <T>(work: () => T) => work() : settled;
  const identifiers = workspaces.map((identity) => settle(() => identifierOf(identity)));
  const named = identifiers.flatMap((i) => ('reason' in i ? [] : [i]));
  const found = await readWorkspaces(reader, named, { fields: accessFields });
  const shown = identifiers.map((i) => ('reason' in i ? i : settle(() => found(i))));
  const render = await rendering(
    people,
    authority,
    shown.flatMap((w) => ('reason' in w ? [] : [w])),
  );
  const perms = shown.map((w) => ('reason' in w ? null : render(w)));
  if (ignoreErrors === 0) return { perms };
  return { perms, errors: shown.map((w) => ('reason' in w ? w : null)) };
}

/** The permissions that administrators see, cached until the workspace or a name changes; not if a grant expires. */
const rendered = new WeakMap<AccessFields, { readonly epoch: number; readonly shown: KBasePermissions }>();

async function rendering(people: People, authority: Authority, shown: readonly AccessFields[]) {
  const epoch = await people.epoch();
  const known = (w: AccessFields) => {
    const found = hasAllRights(authority) ? rendered.get(w) : undefined;
    return found?.epoch === epoch ? found.shown : undefined;
  };
  const fresh = shown.filter((w) => known(w) === undefined);
  const nameOf = await people.names(fresh.flatMap((w) => principalsShown(authority, w)));
  return (w: AccessFields): KBasePermissions => {
    const before = known(w);
    if (before !== undefined) return before;
    const made = permissionsShown(authority, w, nameOf);
    const lasts = w.grants.every(({ expires }) => expires === undefined);
    if (lasts && hasAllRights(authority)) rendered.set(w, { epoch, shown: made });
    return made;
  };
}

/** The result of the work on one item, or its error. */
function settled<T>(work: () => T): T | ItemError {
  try {
    return work();
  } catch (error) {
    return itemError(error);
  }
}

/** The error of one item. Errors other than StewardError are thrown again. */
export function itemError(error: unknown): ItemError {
  if (!(error instanceof StewardError)) throw error;
  return { reason: error.reason, message: error.message };
}

function principalsShown(authority: Authority, workspace: AccessFields): string[] {
  const { owners, grants } = workspace;
  if (!decide(authority, 'seeGrants', workspace).allowed) return [];
  return [...owners, ...holdingGrants(grants, authority.at).map((g) => g.principal)];
}

function permissionsShown(
  authority: Authority,
  workspace: AccessFields,
  nameOf: (id: string) => string,
): KBasePermissions {
  const shown: KBasePermissions = {};
  const decision = decide(authority, 'seeGrants', workspace);
  if (decision.allowed) {
    for (const owner of workspace.owners) shown[nameOf(owner)] = letterOf('owner');
    for (const { principal, level } of holdingGrants(workspace.grants, authority.at)) {
      shown[nameOf(principal)] = letterOf(level);
    }
  } else if (isUser(authority)) {
    shown[wireName(authority.principal)] = isOwn(decision) ? letterOf(decision.level) : 'n';
  }
  if (workspace.visibility === 'public') shown['*'] = 'r';
  return shown;
}
