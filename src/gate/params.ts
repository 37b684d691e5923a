import { refuse } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import type { SchemaHandle } from '../base/schemas/handle.ts';
import { MismatchError, type Read, readKbase } from '../base/schemas/kbase.ts';
import { problemWith, schemaOf } from '../base/schemas/validator.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import { type CommandObject, OPTIONS } from './decode.ts';

/**
 * The parameters as `run` gets them: only known keys, valid by the command's schema.
 *
 * @throws option_invalid for an option of the command object among the parameters; invalid_params, for KBase commands
 *   in the words of the KBase Workspace Service 0.15
 */
export function readParams(
  command: DeclaredCommand,
  { params, module }: Pick<CommandObject, 'params' | 'module'>,
): unknown {
  if (command.takes !== 'struct' && command.takes !== 'strict') assertNoOption(command, params);
  switch (command.takes) {
    case 'ignored':
      return {};
    case 'module':
      return readModule(command, module, params);
    case 'extension':
      return readExtension(command, params);
    case 'closed':
      return valid(command, params ?? {});
    case 'strict':
    case 'struct':
    case 'tolerant':
      return readStructure(command, params);
  }
}

/** Reads parameters as the KBase Workspace Service reads those of its own commands. */
function readStructure(command: DeclaredCommand, params: unknown): unknown {
  const { className = '', takes } = command;
  if (params === null || params === undefined) {
    throw refuse('invalid_params', `Method parameters ${className} may not be null`);
  }
  const malformed = (said: string) =>
    refuse('invalid_params', `Unable to deserialize ${className} out of params field: ${said}`);
  let found: Read;
  try {
    found = readKbase(schemaOf(command.params), params, className);
  } catch (error) {
    throw error instanceof MismatchError ? malformed(error.message) : error;
  }
  for (const { className: name, keys } of found.unknown) {
    if (name !== className) throw unexpectedArguments(name, keys);
    if (takes === 'struct') throw unexpectedArguments(className, keys);
    if (takes === 'strict') {
      throw malformed(`Unrecognized field "${keys[0]}" (class ${className}), not marked as ignorable`);
    }
  }
  return found.value;
}

/** Unknown keys of a KBase structure, in KBase's words. */
export function unexpectedArguments(className: string, keys: readonly string[]) {
  return refuse('invalid_params', `Unexpected arguments in ${className}: ${keys.slice(0, 20).join(' ')}`);
}

/** KBase's own key wins over a parameter of the same name, which Steward's clients may send. */
function readModule(command: DeclaredCommand, module: string | null | undefined, params: unknown): unknown {
  const named = module ?? (params as { readonly module?: unknown } | null | undefined)?.module;
  return named === null || named === undefined ? {} : valid(command, { module: named });
}

function readExtension(command: DeclaredCommand, params: unknown): unknown {
  const known = knownKeys(command);
  const meant = keysOf(params).some((key) => nearest(key, known) !== undefined);
  return meant ? valid(command, params) : {};
}

/**
 * Where KBase ignores parameters, an option in the wrong place would be dropped, and a command with `dryRun` carried
 * out.
 */
function assertNoOption(command: DeclaredCommand, params: unknown): void {
  const known = knownKeys(command);
  const misplaced = OPTIONS.find((option) => keysOf(params).includes(option) && !known.includes(option));
  if (misplaced !== undefined) {
    throw refuse('option_invalid', `${misplaced} belongs in the command object, beside params and not in them`);
  }
}

function keysOf(params: unknown): string[] {
  return params === null || typeof params !== 'object' || Array.isArray(params) ? [] : Object.keys(params);
}

const valid = ({ name, params: handle }: DeclaredCommand, params: unknown) => validParams(name, handle, params);

/** The parameters, if they are valid by the schema. @throws invalid_params */
export function validParams(name: string, handle: SchemaHandle<unknown>, params: unknown): unknown {
  const problem = problemWith(handle, params, 'params');
  if (problem !== undefined) throw refuse('invalid_params', `${name}: ${problem}`);
  return params;
}

function knownKeys(command: DeclaredCommand): string[] {
  const { properties } = schemaOf(command.params);
  return Object.keys((properties as object | undefined) ?? {});
}
