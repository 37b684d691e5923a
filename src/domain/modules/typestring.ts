import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { nameProblem } from './kidl/scope.ts';

/** A type as a caller names it: `Module.Type`, `Module.Type-1`, `Module.Type-1.0` or `Module.Type-<md5>`. */
export interface Typestring {
  readonly module: string;
  readonly type: string;
  readonly major?: number;
  readonly minor?: number;
  readonly md5?: string;
}

const MAX_INT32 = 2 ** 31 - 1;

/** Whether it always means the same version, whatever is registered or released later. */
export const isExactVersion = ({ minor, md5 }: Typestring): boolean => minor !== undefined || md5 !== undefined;

/** @throws typestring_invalid, in the words of the KBase Workspace Service */
export function parseTypestring(text: string | null | undefined): Typestring {
  if (text === undefined || text === null || text === '') {
    throw invalid('Typestring cannot be null or the empty string');
  }
  const [name, version, ...more] = partsOf(text, '-');
  if (name === undefined || more.length > 0) {
    throw invalid(`Could not parse typestring ${text} into module/type and version portions`);
  }
  if (name === '') throw invalid('Moduletype cannot be null or the empty string');
  const [module, type, ...rest] = partsOf(name, '.');
  if (module === undefined || type === undefined || rest.length > 0) {
    throw invalid(`Type ${name} could not be split into a module and name`);
  }
  const problem = nameProblem(module, 'Module name') ?? nameProblem(type, 'Type name');
  if (problem !== undefined) throw invalid(problem);
  return { module, type, ...(version === undefined ? {} : versionIn(version)) };
}

/** As in Java, empty parts at the end are dropped. */
function partsOf(text: string, separator: string): string[] {
  const parts = text.split(separator);
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

function versionIn(text: string): Pick<Typestring, 'major' | 'minor' | 'md5'> {
  const parts = partsOf(text, '.');
  if (parts.length === 1 && text.length === 32) {
    if (/^[0-9a-f]{32}$/.test(text)) return { md5: text };
    throw invalid(`Type version string could not be parsed to a version: ${text} is not a valid MD5 string`);
  }
  const [major, minor] = parts.map((part) => (/^\+?\d+$/.test(part) ? Number(part) : Number.NaN));
  if (parts.length > 2 || major === undefined || !isInt32(major) || !isInt32(minor ?? 0)) {
    throw invalid(`Type version string ${text} could not be parsed to a version`);
  }
  return { major, ...defined({ minor }) };
}

const isInt32 = (value: number) => value <= MAX_INT32;

const invalid = (message: string) => refuse('typestring_invalid', message);
