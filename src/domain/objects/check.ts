import type { ScalarKind } from '../../base/json/reader.ts';
import { abbreviated } from '../../base/text.ts';
import type { DataType, IdReference, StorableType } from '../modules/dataType.ts';
import { type Extract, extractsOf } from './extract.ts';
import { type FoundIds, FoundReferences } from './found.ts';
import { rangeProblem } from './range.ts';

const MAX_PROBLEMS = 10;
/** The characters of an id that a message shows. */
const MAX_SHOWN = 255;

/** Thrown at the last problem that is reported: the rest of the data is not checked. */
export class TooManyProblems extends Error {}

/** An open object or list, and what is expected in it. */
interface Frame {
  /** Undefined where anything is allowed: where the type says nothing, and below what is wrong already. */
  readonly type: DataType | undefined;
  readonly extract: Extract | undefined;
  readonly isObject: boolean;
  /** Of a structure: the keys that were read. */
  readonly seen: Set<string> | undefined;
  count: number;
  key: string;
}

/**
 * Checks data against its type while it is read, and extracts what the type names: references, other ids and metadata.
 * The messages are those of the KBase Workspace Service 0.15.
 */
export class TypeCheck {
  readonly problems: string[] = [];
  readonly found = new FoundReferences();
  /** Metadata by its name. */
  readonly metadata = new Map<string, string>();
  readonly #root: StorableType;
  readonly #extracts: Extract | undefined;
  readonly #frames: Frame[] = [];
  /** The first piece of a text that comes in pieces. */
  #long: string | undefined;

  constructor(root: StorableType, found?: FoundIds) {
    this.#root = root;
    this.#extracts = extractsOf(root.metadata);
    if (found !== undefined) this.found.countWith(found);
  }

  /** @throws TooManyProblems */
  open(isObject: boolean): void {
    const { type, extract } = this.#next();
    const fits = type !== undefined && (isObject ? isObjectType(type) : isListType(type));
    const expected = fits ? type : undefined;
    if (type !== undefined && expected === undefined) this.#mismatch(type, isObject ? 'object' : 'array');
    const seen = expected?.kind === 'structure' ? new Set<string>() : undefined;
    this.#frames.push({ type: expected, extract, isObject, seen, count: 0, key: '' });
  }

  /** @throws TooManyProblems */
  close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    for (const name of frame.extract?.lengths ?? []) this.metadata.set(name, String(frame.count));
    const { type, seen, count } = frame;
    if (type?.kind === 'structure' && seen !== undefined) {
      const missing = fieldsOf(type).required.filter((name) => !seen.has(name));
      if (missing.length > 0) this.#problem(`Object doesn't have required fields : [${missing.join(', ')}]`);
    }
    if (type?.kind === 'tuple' && count < type.items.length) {
      this.#problem(`Array contains less than ${type.items.length} items`);
    }
  }

  /** @returns whether the key is a reference */
  key(key: string): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return false;
    frame.key = key;
    frame.count += 1;
    frame.seen?.add(key);
    const type = frame.type?.kind === 'mapping' ? frame.type.key : undefined;
    return type?.kind === 'string' && type.id !== undefined && this.#id(type.id, key);
  }

  /** A piece of a text that is too long to be read as a whole; `scalar` gets the last one. */
  piece(text: string): void {
    this.#long ??= text;
  }

  /**
   * @returns whether it is a reference
   * @throws TooManyProblems
   */
  scalar(kind: ScalarKind, rest: string): boolean {
    const { type, extract } = this.#next();
    const long = this.#long;
    // It is longer than any metadata may be, so that its beginning is refused as the whole would be.
    const text = long ?? rest;
    this.#long = undefined;
    if (extract !== undefined && kind !== 'null') for (const name of extract.values) this.metadata.set(name, text);
    if (type === undefined) return false;
    if (type.kind === 'string' && type.id !== undefined) {
      if (long !== undefined) {
        const shown = abbreviated(long, MAX_SHOWN);
        this.#problem(`Unparseable id ${shown} of type ${type.id.idType}: it is too long`, false, ' at ');
        return false;
      }
      if (kind === 'string') return this.#id(type.id, text);
      this.#problem(`instance type (${named(kind, text)}) not allowed for ID reference (allowed: ["string"])`);
      return false;
    }
    const isNumber = kind === 'number';
    const fits =
      type.kind === 'string'
        ? kind === 'string'
        : type.kind === 'float'
          ? isNumber
          : type.kind === 'int' && isNumber && isInteger(text);
    const mayBeNull = type.kind === 'string' || type.kind === 'float' || type.kind === 'int';
    if (!fits && !(kind === 'null' && mayBeNull)) this.#mismatch(type, named(kind, text));
    else if (isNumber && (type.kind === 'float' || type.kind === 'int')) this.#range(type, text);
    return false;
  }

  /** Where the reader is, as a JSON pointer. */
  path(): string {
    return this.#frames.map((f) => `/${f.isObject ? escaped(f.key) : f.count - 1}`).join('');
  }

  /** What is expected of the next value. */
  #next(): { readonly type: DataType | undefined; readonly extract: Extract | undefined } {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return { type: this.#root.data, extract: this.#extracts };
    const { type, isObject, key } = frame;
    if (!isObject) frame.count += 1;
    const extract = isObject ? frame.extract?.inner.get(key) : undefined;
    switch (type?.kind) {
      case 'structure':
        return { type: fieldsOf(type).types.get(key), extract };
      case 'mapping':
        return { type: type.value, extract };
      case 'list':
        return { type: type.item, extract };
      case 'tuple': {
        const { items } = type;
        if (frame.count === items.length + 1) this.#problem(`Array contains more than ${items.length} items`, true);
        return { type: items[frame.count - 1], extract };
      }
      default:
        return { type: undefined, extract };
    }
  }

  #id(id: IdReference, text: string): boolean {
    const found = this.found.add(id, text, () => this.path());
    if (typeof found === 'object') this.#problem(found.wrong, false, ' at ');
    return found === 'reference';
  }

  #range(type: DataType & { kind: 'int' | 'float' }, text: string): void {
    const problem = rangeProblem(type, text);
    if (problem !== undefined) this.#problem(problem, false, ' at ');
  }

  #mismatch(type: DataType, found: string): void {
    this.#problem(`instance type (${found}) does not match any allowed primitive type (allowed: ["${nameOf(type)}"])`);
  }

  #problem(what: string, ofParent = false, at = ', at '): void {
    const path = this.path();
    this.problems.push(`${what}${at}${ofParent ? path.slice(0, path.lastIndexOf('/')) : path}`);
    if (this.problems.length >= MAX_PROBLEMS) throw new TooManyProblems();
  }
}

type Structure = DataType & { kind: 'structure' };

const known = new WeakMap<Structure, { readonly types: ReadonlyMap<string, DataType>; readonly required: string[] }>();

function fieldsOf(type: Structure) {
  const fields = known.get(type) ?? {
    types: new Map(type.fields.map((f) => [f.name, f.type])),
    required: type.fields.filter((f) => !f.optional).map((f) => f.name),
  };
  known.set(type, fields);
  return fields;
}

const isObjectType = ({ kind }: DataType) => kind === 'structure' || kind === 'mapping' || kind === 'object';
const isListType = ({ kind }: DataType) => kind === 'list' || kind === 'tuple';

/** As the JSON Schema of a type names it. */
function nameOf(type: DataType): string {
  if (isObjectType(type)) return 'object';
  if (isListType(type)) return 'array';
  if (type.kind === 'int') return 'integer';
  return type.kind === 'float' ? 'number' : 'string';
}

function named(kind: ScalarKind, text: string): string {
  if (kind !== 'number') return kind;
  return isInteger(text) ? 'integer' : 'float';
}

const isInteger = (text: string) => !/[.eE]/.test(text);
const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
