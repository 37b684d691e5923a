import { refuse } from '../errors.ts';
import type { IdReference } from '../modules/dataType.ts';

/** So many different ids the objects of one call may hold. */
const MAX_IDS = 100_000;

/** A reference that stands in data, at the first place of those with the same allowed types. */
export interface FoundReference {
  readonly text: string;
  /** The types that it may lead to; all, when empty. */
  readonly allowed: readonly string[];
  readonly path: string;
}

/** The ids of all objects of a call, counted together. */
export class FoundIds {
  #count = 0;

  /** @throws object_invalid */
  add(): void {
    this.#count += 1;
    if (this.#count <= MAX_IDS) return;
    const exceeds = `the number of unique IDs in the saved objects exceeds the maximum allowed, ${MAX_IDS}`;
    throw refuse('object_invalid', ` failed type checking - ${exceeds}`);
  }
}

/** The ids in one object's data, each once. */
export class FoundReferences {
  readonly #references = new Map<string, FoundReference>();
  readonly #others = new Map<string, Set<string>>();
  #ids = new FoundIds();

  /** Counts them together with others. */
  within(ids: FoundIds): void {
    this.#ids = ids;
  }

  get references(): FoundReference[] {
    return [...this.#references.values()];
  }

  /** Ids that are no references, by their type. */
  get others(): { readonly type: string; readonly ids: readonly string[] }[] {
    return [...this.#others].map(([type, ids]) => ({ type, ids: [...ids] }));
  }

  /**
   * @returns whether it is a reference to an object
   * @throws object_invalid
   */
  add({ idType, attributes }: IdReference, text: string, path: () => string): boolean {
    if (idType === 'ws') {
      const key = JSON.stringify([text, ...attributes]);
      if (!this.#references.has(key)) {
        this.#ids.add();
        this.#references.set(key, { text, allowed: attributes, path: path() });
      }
      return true;
    }
    const ids = this.#others.get(idType) ?? new Set();
    this.#others.set(idType, ids);
    if (!ids.has(text)) {
      this.#ids.add();
      ids.add(text);
    }
    return false;
  }
}
