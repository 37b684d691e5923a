import type { Reader } from '../../store/collection.ts';
import type { StorableType } from './dataType.ts';
import { typeForSaving } from './typeForSaving.ts';

/** The source of the types that objects are checked against: this service, or another that has the modules. */
export interface StorableTypes {
  /**
   * The type that a typestring means for a save.
   *
   * @throws typestring_invalid, type_not_storable; module_missing, type_missing and type_unreleased for types of this
   *   service; type_service_refused and type_service_unreachable for those of another
   */
  forSaving(typestring: string | null | undefined): Promise<StorableType>;
}

export const localTypes = (reader: Reader): StorableTypes => ({
  forSaving: (typestring) => typeForSaving(reader, typestring),
});
