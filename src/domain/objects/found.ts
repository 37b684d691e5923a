import { refuse } from '../../base/errors.ts';
import { abbreviated } from '../../base/text.ts';
import type { IdReference } from '../modules/dataType.ts';

/** The most different ids that the objects of one call may hold. */
const MAX_IDS = 100_000;
/** The characters of an id that a message shows. */
const MAX_SHOWN = 255;

/** A reference in data, at the first place at which it occurs with these allowed types. */
export interface FoundReference {
  readonly text: string;
  /** The types of the objects that it may lead to; empty for any. */
  readonly allowed: readonly string[];
  readonly path: string;
}

/** Counts the ids in all objects of a call. */
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

/** An id in data is a reference to an object, or means nothing to this service. */
export type FoundKind = 'reference' | 'unknown';

/**
 * The types of ids of other services, with the message that the KBase Workspace Service answers while it has no
 * connection to the service.
 */
const OF_OTHER_SERVICES: ReadonlyMap<string, (id: string) => string> = new Map([
  ['handle', (id: string) => withoutService(`Found handle id ${id}`, 'handle service', 'handle')],
  ['sample', (id: string) => withoutService(`Found sample id ${id}`, 'sample service', 'sample')],
  [
    'bytestream',
    (id: string) =>
      `Found bytestream id ${id}. There is no connection configured for bytestream IDs and so objects containing ` +
      'bytestream IDs cannot be processed.',
  ],
]);

function withoutService(found: string, service: string, kind: string): string {
  const lacks = `The workspace service currently does not have a connection to the ${service}`;
  return `${found}. ${lacks} and so cannot process objects containing ${kind} IDs.`;
}

/** The references in one object's data, each once. */
export class FoundReferences {
  readonly #references = new Map<string, FoundReference>();
  #ids = new FoundIds();

  /** Counts them together with those of other objects. */
  countWith(ids: FoundIds): void {
    this.#ids = ids;
  }

  get references(): FoundReference[] {
    return [...this.#references.values()];
  }

  /**
   * Takes an id of this type. Ids of unknown types are not kept.
   *
   * @returns the id, or the reason why it is invalid
   * @throws object_invalid when there are too many
   */
  add({ idType, attributes }: IdReference, text: string, path: () => string): FoundKind | { readonly wrong: string } {
    const elsewhere = OF_OTHER_SERVICES.get(idType);
    if (idType !== 'ws' && elsewhere === undefined) return 'unknown';
    const shown = abbreviated(text, MAX_SHOWN);
    if (text.trim() === '') {
      return { wrong: `Unparseable id ${shown} of type ${idType}: IDs may not be null or the empty string` };
    }
    if (elsewhere !== undefined) return { wrong: `Invalid id ${shown} of type ${idType}: ${elsewhere(shown)}` };
    const key = JSON.stringify([text, ...attributes]);
    if (!this.#references.has(key)) {
      this.#ids.add();
      this.#references.set(key, { text, allowed: attributes, path: path() });
    }
    return 'reference';
  }
}
