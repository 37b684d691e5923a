import type { Principal } from '../../identity/principal.ts';
import { referenceTo, type StoredVersion, versionId } from './object.ts';

/** A version to be stored. */
export type NewVersion = Omit<StoredVersion, 'revision'>;

/** Which version it becomes, and who saves it. */
export interface Becoming {
  readonly ws: number;
  readonly id: number;
  readonly version: number;
  readonly savedBy: Principal;
  readonly savedAt: Date;
}

/** A copy of a version; it remembers what it is a copy of, and who saved that first. */
export function copyOf(source: StoredVersion, becoming: Becoming): NewVersion {
  const { revertedFrom: _, ...copy } = repeated(source, becoming);
  return { ...copy, copiedFrom: referenceTo(source) };
}

/** A version that repeats an earlier one of the same object, and is a copy of what that is a copy of. */
export function repetitionOf(source: StoredVersion, becoming: Becoming): NewVersion {
  return { ...repeated(source, becoming), revertedFrom: source.version };
}

function repeated({ revision: _, ...source }: StoredVersion, { savedBy, ...becoming }: Becoming): NewVersion {
  const { ws, id, version } = becoming;
  const first = { savedBy: source.savedBy, ws: source.ws, savedAt: source.savedAt };
  return {
    ...source,
    ...becoming,
    _id: versionId(ws, id, version),
    savedBy: savedBy._id,
    origin: source.origin ?? first,
  };
}
