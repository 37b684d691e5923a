import { refuse } from '../../base/errors.ts';

const MAX_LENGTH = 255;

/**
 * KBase's rule for an object's name, in the texts and the order of the KBase Workspace Service 0.15: 1 to 255
 * characters of `[A-Za-z0-9_|.-]`, not an integer.
 *
 * @throws object_name_invalid
 */
export function assertObjectName(name: string | undefined): asserts name is string {
  if (name === undefined || name === '') throw invalid('Object name cannot be null or the empty string');
  if ([...name].length > MAX_LENGTH) throw invalid(`Object name exceeds the maximum length of ${MAX_LENGTH}`);
  const illegal = /[^A-Za-z0-9_|.-]/u.exec(name)?.[0];
  if (illegal !== undefined) throw invalid(`Illegal character in object name ${name}: ${illegal}`);
  if (/^-?\d+$/.test(name)) throw invalid(`Object names cannot be integers: ${name}`);
}

const invalid = (message: string) => refuse('object_name_invalid', message);
