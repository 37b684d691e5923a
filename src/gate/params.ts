import type { Command } from '../commands/command.ts';
import { refuse } from '../errors.ts';
import { problemWith, schemaOf } from '../schemas/validator.ts';

/**
 * The parameters as the handler gets them: known keys only, valid by the command's schema.
 *
 * @throws invalid_params, for a KBase command in the words of the KBase Workspace Service 0.15
 */
export function readParams(command: Command, params: unknown): unknown {
  switch (command.takes) {
    case 'ignored':
      return {};
    case 'extension':
      return readExtension(command, params);
    case 'strict':
    case 'closed':
      return readClosed(command, params);
  }
}

function readExtension(command: Command, params: unknown): unknown {
  if (params === null || typeof params !== 'object' || Array.isArray(params)) return {};
  if (!knownKeys(command).some((key) => Object.hasOwn(params, key))) return {};
  return valid(command, params);
}

function readClosed(command: Command, params: unknown): unknown {
  const { className } = command;
  if (params !== null && params !== undefined) return valid(command, params);
  if (className !== undefined) throw refuse('invalid_params', `Method parameters ${className} may not be null`);
  return valid(command, {});
}

function valid(command: Command, params: unknown): unknown {
  const problem = problemWith(command.params, params, 'params');
  if (problem === undefined) return params;
  const { className } = command;
  if (className === undefined) throw refuse('invalid_params', `${command.name}: ${problem}`);
  const unknown = unknownKey(command, params);
  const said =
    unknown === undefined
      ? `Cannot deserialize: ${problem}`
      : `Unrecognized field "${unknown}" (class ${className}), not marked as ignorable`;
  throw refuse('invalid_params', `Unable to deserialize ${className} out of params field: ${said}`);
}

function unknownKey(command: Command, params: unknown): string | undefined {
  if (params === null || typeof params !== 'object' || Array.isArray(params)) return undefined;
  const known = knownKeys(command);
  return Object.keys(params)
    .find((key) => !known.includes(key))
    ?.slice(0, 64);
}

function knownKeys(command: Command): string[] {
  const { properties } = schemaOf(command.params);
  return Object.keys((properties as object | undefined) ?? {});
}
