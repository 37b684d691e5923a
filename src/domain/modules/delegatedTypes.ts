import { LRUCache } from 'lru-cache';
import { refuse, StewardError } from '../../base/errors.ts';
import { utf8Size } from '../../base/text.ts';
import type { StorableType } from './dataType.ts';
import { SchemaProblem, storableTypeOfSchema } from './fromSchema.ts';
import type { StorableTypes } from './storableTypes.ts';
import { isExactVersion, parseTypestring, type Typestring } from './typestring.ts';

const MAX_TYPES = 1_000;
/** The size of the cache in bytes of schemas. */
const MAX_SCHEMA_BYTES = 20_000_000;
/** After this time the service is asked again which version of a type is the newest. */
const FRESH_MS = 10_000;
/** Until this time the last answer is used while the service cannot be reached. */
const STALE_MS = 5 * 60_000;

/** A type as another service sent it, without any validation. */
export interface TypeElsewhere {
  /** With its version: `Module.Type-1.0`. */
  readonly typestring: string;
  /** The text of its JSON Schema. */
  readonly schema: string;
}

export interface TypeService {
  /** A type as anonymous callers see it. @throws type_service_refused, type_service_unreachable */
  type(typestring: string): Promise<TypeElsewhere>;
  /** Its address, for messages. */
  readonly url: string;
}

interface Found {
  readonly type: StorableType;
  readonly at: number;
}

/**
 * The types of another service. Versions of types never change, so that each is fetched once and cached as compiled.
 * Which version is the newest is asked again after a few seconds.
 */
export class DelegatedTypes implements StorableTypes {
  readonly #service: TypeService;
  readonly #now: () => Date;
  readonly #types = new LRUCache<string, StorableType>({ max: MAX_TYPES, maxSize: MAX_SCHEMA_BYTES });
  /** The types of typestrings without an exact version. */
  readonly #newest = new LRUCache<string, Found>({ max: MAX_TYPES });
  /** Requests that have not been answered yet; calls for the same type share one. */
  readonly #pending = new Map<string, Promise<StorableType>>();

  constructor(service: TypeService, now: () => Date = () => new Date()) {
    this.#service = service;
    this.#now = now;
  }

  async forSaving(text: string | null | undefined): Promise<StorableType> {
    const wanted = parseTypestring(text);
    const typestring = written(wanted);
    if (isExactVersion(wanted)) return this.#types.get(typestring) ?? this.#ask(wanted);
    const known = this.#newest.get(typestring);
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.#now().getTime() - known.at;
    if (known !== undefined && age < FRESH_MS) return known.type;
    try {
      return await this.#ask(wanted);
    } catch (error) {
      const isAway = error instanceof StewardError && error.reason === 'type_service_unreachable';
      if (isAway && known !== undefined && age < STALE_MS) return known.type;
      throw error;
    }
  }

  #ask(wanted: Typestring): Promise<StorableType> {
    const typestring = written(wanted);
    const pending =
      this.#pending.get(typestring) ?? this.#fetch(wanted).finally(() => this.#pending.delete(typestring));
    this.#pending.set(typestring, pending);
    return pending;
  }

  async #fetch(wanted: Typestring): Promise<StorableType> {
    const at = this.#now().getTime();
    const { typestring, schema } = await this.#service.type(written(wanted));
    if (!isVersionOf(typestring, wanted)) throw this.#unusable(`it answered for another type`);
    const type = this.#types.get(typestring) ?? (await this.#compiled(typestring, schema));
    if (!isExactVersion(wanted)) this.#newest.set(written(wanted), { type, at });
    return type;
  }

  async #compiled(typestring: string, schema: string): Promise<StorableType> {
    let type: StorableType | undefined;
    try {
      type = await storableTypeOfSchema(typestring, schema);
    } catch (error) {
      throw error instanceof SchemaProblem ? this.#unusable(`its schema of ${typestring}: ${error.message}`) : error;
    }
    if (type === undefined) throw refuse('type_not_storable');
    this.#types.set(typestring, type, { size: utf8Size(schema) + 1 });
    return type;
  }

  #unusable(why: string): StewardError {
    return refuse('type_service_unreachable', this.#service.url, why);
  }
}

function written({ module, type, major, minor, md5 }: Typestring): string {
  const version = md5 ?? (minor === undefined ? major : `${major}.${minor}`);
  return version === undefined ? `${module}.${type}` : `${module}.${type}-${version}`;
}

/** Whether the answered type is an exact version of the wanted one. */
function isVersionOf(answered: string, wanted: Typestring): boolean {
  let found: Typestring;
  try {
    found = parseTypestring(answered);
  } catch {
    return false;
  }
  return (
    found.minor !== undefined &&
    written(found) === answered &&
    found.module === wanted.module &&
    found.type === wanted.type &&
    (wanted.major === undefined || wanted.major === found.major) &&
    (wanted.minor === undefined || wanted.minor === found.minor)
  );
}
