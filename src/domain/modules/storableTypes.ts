import type { Reader } from '../../store/collection.ts';
import type { StorableType } from './dataType.ts';
import { typeForSaving } from './typeForSaving.ts';

/** Where the types are that objects are checked against: here, or at the service that has the modules. */
export interface StorableTypes {
  /**
   * The type that a typestring means to whoever saves.
   *
   * @throws typestring_invalid, type_not_storable, and what says that there is no such type: module_missing, type_missing
   *   and type_unreleased here; type_service_refused and type_service_unreachable where another service has them
   */
  forSaving(typestring: string | null | undefined): Promise<StorableType>;
}

export const localTypes = (reader: Reader): StorableTypes => ({
  forSaving: (typestring) => typeForSaving(reader, typestring),
});
