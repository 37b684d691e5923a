import { refuse } from '../../base/errors.ts';

const MAX_LENGTH = 255;
const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);

/**
 * KBase's rule for a workspace's name, in the texts and the order of the KBase Workspace Service 0.15: 1 to 255
 * characters of `[A-Za-z0-9_:.-]`, not an integer, with at most one `:`.
 *
 * @param owner when given, the only name that is allowed before a `:`
 * @throws workspace_name_invalid
 */
export function assertWorkspaceName(name: string | undefined, owner?: string): asserts name is string {
  if (name === undefined || name === '') throw invalid('Workspace name cannot be null or the empty string');
  if ([...name].length > MAX_LENGTH) throw invalid(`Workspace name exceeds the maximum length of ${MAX_LENGTH}`);
  const illegal = /[^A-Za-z0-9_:.-]/u.exec(name)?.[0];
  if (illegal !== undefined) throw invalid(`Illegal character in workspace name ${name}: ${illegal}`);
  if (/^-?\d+$/.test(name)) throw invalid(`Workspace names cannot be integers: ${name}`);
  const parts = name.split(':');
  if (parts.length > 2) throw invalid(`Workspace name ${name} may only contain one : delimiter`);
  const [prefix, rest] = parts;
  if (rest === undefined) return;
  if (rest === '') throw invalid(`Workspace name missing from ${name}`);
  if (prefix === '') throw invalid(`User name missing from ${name}`);
  if (isInt32(rest)) throw invalid(`Workspace names cannot be integers: ${name}`);
  if (owner !== undefined && prefix !== owner) {
    throw invalid(`Workspace name ${name} must only contain the user name ${owner} prior to the : delimiter`);
  }
}

/** The default name of a workspace under a new owner: a prefix before `:` becomes the owner's name. */
export function nameWithOwner(name: string, owner: string): string {
  const [, rest] = name.split(':');
  return rest === undefined ? name : `${owner}:${rest}`;
}

function isInt32(text: string): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  const number = Number(text);
  return number >= MIN_INT32 && number <= MAX_INT32;
}

const invalid = (message: string) => refuse('workspace_name_invalid', message);
