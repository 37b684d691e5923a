import { refuse } from '../../base/errors.ts';
import type { RegisterTypespecCopyMethod } from '../../base/schemas/generated.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { storedVersion } from './compile.ts';
import { ownedModule, registerTypespec } from './register.ts';

/** A module as another service sent it, without any validation. */
export interface ModuleElsewhere {
  readonly spec: string;
  /** The names of its types. */
  readonly types: readonly string[];
}

/** A request for a module of another workspace service. */
export interface CopyRequest {
  readonly url: string;
  readonly module: string;
  readonly version: number | undefined;
  readonly requestId: string;
}

/** Fetches specifications from other services. */
export interface CopySource {
  /** The module as anonymous callers see it. @throws spec_source_unlisted, spec_unreachable */
  module(request: CopyRequest): Promise<ModuleElsewhere>;
}

export interface Copy {
  readonly mod: string;
  readonly spec: string;
  /** The names of the registered types. */
  readonly types: readonly string[];
}

/** @throws invalid_params unless the request names a module and where it is; module_not_initialized, module_not_owned */
export async function requestedCopy(
  reader: Reader,
  user: Principal,
  { external_workspace_url: url, mod, version }: RegisterTypespecCopyMethod['params'],
): Promise<Omit<CopyRequest, 'requestId'>> {
  if (url === undefined) throw refuse('invalid_params', 'Must provide a URL for an external workspace service');
  if (mod === undefined) throw refuse('invalid_params', 'Must provide a module name');
  await ownedModule(reader, user, mod);
  return { url, module: mod, version };
}

/**
 * Registers a module of another service, with the types that are registered there.
 *
 * @returns the version of the module here
 * @throws spec_invalid, and what registerTypespec throws
 */
export async function registerCopy(tx: Transaction, user: Principal, { mod, spec, types }: Copy): Promise<number> {
  const module = await ownedModule(tx, user, mod);
  const known = module.head === undefined ? [] : (await storedVersion(tx, mod, module.head)).types;
  const present = known.filter((type) => type.supported).map((type) => type.name);
  await registerTypespec(tx, user, {
    spec,
    new_types: types.filter((name) => !present.includes(name)),
    remove_types: present.filter((name) => !types.includes(name)),
    dryrun: 0,
  });
  const { head } = await ownedModule(tx, user, mod);
  if (head === module.head || head === undefined)
    throw refuse('spec_invalid', `the copied specification is not of the module ${mod}`);
  return head;
}
