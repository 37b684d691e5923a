import type { Module } from '../../../src/domain/modules/kidl/definition.ts';
import { parseSpec } from '../../../src/domain/modules/kidl/parse.ts';
import type { World } from '../workspaces/world.ts';

/** A specification of one module with these definitions. */
export const spec = (definitions: string, module = 'Mod') => `module ${module} { ${definitions} };`;

export const parsed = (definitions: string): Module => parseSpec(spec(definitions), new Map());

/** Makes a module that ann owns. */
export async function openModule(world: World, module = 'Mod'): Promise<void> {
  await world.call('ann', 'request_module_ownership', module);
  await world.run('approveModRequest', { module });
}

/** Registers a specification as ann. @returns the typestrings of the new versions */
export async function register(world: World, text: string, more: object = {}): Promise<string[]> {
  const made = await world.call('ann', 'register_typespec', { spec: text, dryrun: 0, ...more });
  return Object.keys(made as object);
}
