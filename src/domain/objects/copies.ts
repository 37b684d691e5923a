import type { Principal } from '../../identity/principal.ts';
import { referenceTo, type StoredVersion, versionId } from './object.ts';

/** A version to be stored. */
export type NewVersion = Omit<StoredVersion, 'revision'>;

/** The version that a copy becomes, and who saves it. */
export interface CopyTarget {
  readonly ws: number;
  readonly id: number;
  readonly version: number;
  readonly savedBy: Principal;
  readonly savedAt: Date;
}

/** A copy of a version, with a reference to it and to who saved it first. */
export function copyOf(source: StoredVersion, target: CopyTarget): NewVersion {
  const { revertedFrom: _, ...copy } = repeated(source, target);
  return { ...copy, copiedFrom: referenceTo(source) };
}

/** A version that repeats an earlier one of the same object; where that is a copy, so is this, of the same source. */
export function repetitionOf(source: StoredVersion, target: CopyTarget): NewVersion {
  return { ...repeated(source, target), revertedFrom: source.version };
}

function repeated({ revision: _, ...source }: StoredVersion, { savedBy, ...target }: CopyTarget): NewVersion {
  const { ws, id, version } = target;
  const first = { savedBy: source.savedBy, ws: source.ws, savedAt: source.savedAt };
  return {
    ...source,
    ...target,
    _id: versionId(ws, id, version),
    savedBy: savedBy._id,
    origin: source.origin ?? first,
  };
}
