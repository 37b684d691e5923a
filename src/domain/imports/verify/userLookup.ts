import { cacheOf } from '../../../base/cache.ts';
import { holdersByNames, principals } from '../../../identity/principal.ts';
import type { Reader } from '../../../store/collection.ts';

const MAX_REMEMBERED = 50_000;

/** The users here whom KBase names, and the other way round. */
export class UserLookup {
  readonly #reader: Reader;
  readonly #onMissing: (name: string) => void;
  readonly #ids = cacheOf<string>(MAX_REMEMBERED);

  /** @param onMissing told of names that nobody has */
  constructor(reader: Reader, onMissing: (name: string) => void) {
    this.#reader = reader;
    this.#onMissing = onMissing;
  }

  /** The ids of the users of these names. A name that nobody has stands for itself in angle brackets. */
  async idsOf(names: Iterable<string>): Promise<(name: string) => string> {
    const ids = new Map<string, string>();
    const unknown = new Set<string>();
    for (const name of names) {
      const known = this.#ids.get(name);
      if (known === undefined) unknown.add(name);
      else ids.set(name, known);
    }
    const holders = unknown.size === 0 ? new Map() : await holdersByNames(this.#reader, [...unknown]);
    for (const name of unknown) {
      const id = holders.get(name)?._id ?? `<${name}>`;
      if (!holders.has(name)) this.#onMissing(name);
      ids.set(name, id);
      this.#ids.set(name, id);
    }
    return (name) => ids.get(name) ?? `<${name}>`;
  }

  /** The names of the users with these ids. */
  async namesOf(ids: readonly string[]): Promise<(id: string) => string> {
    const found = await this.#reader.parts(principals, { _id: { $in: [...ids] } }, { fields: ['username'] });
    const names = new Map(found.map(({ _id, username }) => [_id, username]));
    return (id) => names.get(id) ?? id;
  }
}
