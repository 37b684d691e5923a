import type { StewardClient } from '../client/client.ts';
import { allowedNames } from './allowed.ts';

/** Nobody waits longer for names that only help. */
const TIMEOUT_MS = 60_000;
const MAX_ROLES = 1_000;

/** Names that the caller sees without any right of an administrator. */
export interface VisibleNames {
  /** The workspaces that they may read. */
  readonly workspaces: readonly string[];
  /** The owners of these, and the caller's friends. */
  readonly users: readonly string[];
}

/** Asks for them with methods that everybody may call, which leave no record; none if the service does not answer in time. */
export async function visibleNames(client: StewardClient): Promise<VisibleNames> {
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  const [infos, friends] = await Promise.all([
    client.methods.list_workspace_info({}, options).then(({ result }) => result, none),
    client.methods.Friend_list({}, options).then(({ result }) => result.friends, none),
  ]);
  const users = new Set([...infos.map((info) => info[2]), ...friends.map(({ friend }) => friend)]);
  return { workspaces: infos.map((info) => info[1]), users: [...users] };
}

/** The newest version of each released type of KBase, as `Module.Type`. */
export async function visibleTypes(client: StewardClient): Promise<readonly string[]> {
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  const modules = await client.methods.list_all_types({}, options).then(
    ({ result }) => result,
    () => ({}),
  );
  return Object.entries(modules).flatMap(([module, types]) => Object.keys(types).map((type) => `${module}.${type}`));
}

/** The roles, of which a record is left: only administrators list them. None if the caller is not allowed to. */
export async function listedRoles(client: StewardClient): Promise<readonly string[]> {
  const options = { signal: AbortSignal.timeout(TIMEOUT_MS) };
  try {
    // A refused read would leave a record, too.
    if (!(await allowedNames(client, TIMEOUT_MS)).has('listRoles')) return [];
    const { result } = await client.administer.listRoles({ limit: MAX_ROLES }, options);
    return result.roles.map(({ name }) => name);
  } catch {
    return [];
  }
}

const none = () => [];
