import { refuse } from '../errors.ts';

/** A type as a caller names it: `Module.Type`, `Module.Type-1`, `Module.Type-1.0` or `Module.Type-<md5>`. */
export interface Typestring {
  readonly module: string;
  readonly type: string;
  readonly major?: number;
  readonly minor?: number;
  readonly md5?: string;
}

const MAX_INT32 = 2 ** 31 - 1;
const MAX_NAME = 255;

/** @throws typestring_invalid, in the words of the KBase Workspace Service */
export function parseTypestring(text: string | null | undefined): Typestring {
  if (text === undefined || text === null || text === '') {
    throw invalid('Typestring cannot be null or the empty string');
  }
  const [name = '', version, ...more] = text.split('-');
  if (more.length > 0) throw invalid(`Could not parse typestring ${text} into module/type and version portions`);
  const [module, type, ...rest] = name.replace(/\.+$/, '').split('.');
  if (module === undefined || type === undefined || rest.length > 0) {
    throw invalid(`Type ${name} could not be split into a module and name`);
  }
  assertPart('Module name', module);
  assertPart('Type name', type);
  if (version === undefined) return { module, type };
  if (/^[0-9a-f]{32}$/.test(version)) return { module, type, md5: version };
  const [major, minor] = version.split('.').map(Number);
  if (!/^\d+(\.\d+)?$/.test(version) || major === undefined || Math.max(major, minor ?? 0) > MAX_INT32) {
    throw invalid(`Type version string ${version} could not be parsed to a version`);
  }
  return { module, type, major, ...(minor === undefined ? {} : { minor }) };
}

function assertPart(what: string, name: string): void {
  if (name === '') throw invalid(`${what} cannot be null or the empty string`);
  if (name.length > MAX_NAME) throw invalid(`${what} size is > ${MAX_NAME} bytes`);
  const illegal = /[^A-Za-z0-9_]/u.exec(name)?.[0];
  if (illegal !== undefined) throw invalid(`Illegal character in ${what} ${name}: ${illegal}`);
}

const invalid = (message: string) => refuse('typestring_invalid', message);
