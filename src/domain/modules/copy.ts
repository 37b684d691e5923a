import { refuse } from '../../base/errors.ts';
import type { RegisterTypespecCopyMethod } from '../../base/schemas/generated.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { storedVersion } from './compile.ts';
import { versionsOf } from './moduleInfo.ts';
import { ownedModule, registerTypespec } from './register.ts';

/** A module as another service sent it, without any validation. */
export interface ModuleElsewhere {
  readonly spec: string;
  /** The names of its types. */
  readonly types: readonly string[];
  readonly includes: readonly IncludedElsewhere[];
}

/** A module that another includes, in its version there. */
export interface IncludedElsewhere {
  readonly module: string;
  readonly version: number;
  readonly md5: string;
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
  readonly includes: readonly IncludedElsewhere[];
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
 * Registers a module of another service, with the types that are registered there. It includes the released versions here
 * that are equal to those which it includes there.
 *
 * @returns the version of the module here
 * @throws module_not_synchronized, spec_invalid, and what registerTypespec throws
 */
export async function registerCopy(tx: Transaction, user: Principal, copy: Copy): Promise<number> {
  const { mod, spec, types, includes } = copy;
  const module = await ownedModule(tx, user, mod);
  const known = module.head === undefined ? [] : (await storedVersion(tx, mod, module.head)).types;
  const present = known.filter((type) => type.supported).map((type) => type.name);
  const dependencies: [string, number][] = [];
  for (const included of includes) dependencies.push([included.module, await equalVersion(tx, included)]);
  await registerTypespec(tx, user, {
    spec,
    dependencies: Object.fromEntries(dependencies),
    new_types: types.filter((name) => !present.includes(name)),
    remove_types: present.filter((name) => !types.includes(name)),
    dryrun: 0,
  });
  const { head } = await ownedModule(tx, user, mod);
  if (head === module.head || head === undefined)
    throw refuse('spec_invalid', `the copied specification is not of the module ${mod}`);
  return head;
}

/** The oldest released version of the module here that is equal to the one elsewhere. @throws module_not_synchronized */
async function equalVersion(reader: Reader, { module, version, md5 }: IncludedElsewhere): Promise<number> {
  const [equal] = await versionsOf(reader, module, { md5: { $eq: md5 }, released: { $eq: true } });
  if (equal === undefined) throw refuse('module_not_synchronized', module, version, md5);
  return equal.version;
}
