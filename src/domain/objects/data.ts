import { refuse } from '../../base/errors.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import type { ObjectData as DeclaredData, GetObjects } from '../../base/schemas/generated.ts';
import type { People } from '../../identity/people.ts';
import type { Part, Reader } from '../../store/collection.ts';
import type { Files } from '../../store/files.ts';
import { kbaseTime } from '../workspaces/time.ts';
import { type CopySources, copySources } from './copySources.ts';
import { fetchContents } from './fetch.ts';
import { follow, type Readership } from './follow.ts';
import { describedFields, objectInfo, objectInfoStruct, readVersions } from './info.ts';
import type { StoredVersion } from './object.ts';
import { type Wanted, wantedOf } from './specification.ts';
import { subsetOf } from './subset.ts';

/** So many objects one call may ask for, and so many bytes of data. */
const MAX_OBJECTS = 10_000;
const MAX_BYTES = 1_000_000_000;

/** As it is declared; what callers stored is the text that they stored. */
export type ObjectData = Omit<DeclaredData, 'data' | 'provenance'> & {
  readonly data?: RawJson;
  readonly provenance: RawJson;
};

const fields = [
  ...describedFields,
  'refs',
  'provenance',
  'extractedIds',
  'copiedFrom',
  'origin',
] as const satisfies (keyof StoredVersion)[];

type VersionPart = Part<StoredVersion, (typeof fields)[number]>;

/** What reading data takes. */
export interface DataSource {
  readonly reader: Reader;
  readonly people: People;
  readonly files: Files;
  readonly readership: Readership;
}

/** How the data is to be shown. */
export interface Shown {
  readonly withData: boolean;
  readonly asStruct?: boolean;
  readonly ignoreErrors?: boolean;
}

/**
 * Objects with their data or the wanted part of it, and where they are from.
 *
 * @returns with `ignoreErrors` null for what cannot be shown
 * @throws what wantedOf and dataOf throw
 */
export async function getObjects(
  source: DataSource,
  { objects, ignoreErrors = 0, infostruct = 0, no_data = 0 }: GetObjects['params'],
): Promise<{ readonly data: readonly (ObjectData | null)[] }> {
  const shown = { withData: no_data === 0, asStruct: infostruct !== 0, ignoreErrors: ignoreErrors !== 0 };
  return { data: await dataOf(source, wantedOf(objects), shown) };
}

/** @throws invalid_params, data_too_much, subset_invalid, and what follow throws */
export async function dataOf(
  { reader, people, files, readership }: DataSource,
  wanted: readonly Wanted[],
  { withData, asStruct = false, ignoreErrors = false }: Shown,
): Promise<(ObjectData | null)[]> {
  if (wanted.length > MAX_OBJECTS) {
    throw refuse('invalid_params', `At most ${MAX_OBJECTS} objects can be requested at once`);
  }
  const reached = await follow(reader, readership, wanted, ignoreErrors);
  const there = reached.flatMap((r) => r ?? []);
  const versionOf = await readVersions(reader, there, asStruct ? [...fields, 'adminMeta'] : fields);
  const found = there.map(versionOf);
  if (withData) assertBearable(found);
  const contentOf = withData ? await fetchContents(reader, files, found) : undefined;
  const sources = await copySources(reader, readership.who, found);
  const nameOf = await people.names(found.flatMap((v) => [v.savedBy, v.origin?.savedBy ?? v.savedBy]));
  const answers: (ObjectData | null)[] = [];
  for (const [i, one] of reached.entries()) {
    if (one === null) {
      answers.push(null);
      continue;
    }
    const version = versionOf(one);
    const selection = wanted[i]?.selection;
    const whole = contentOf?.(version.checksum);
    const data = whole === undefined || selection === undefined ? whole : await subsetOf(whole, selection);
    answers.push({
      ...(data === undefined ? {} : { data }),
      ...(asStruct
        ? { infostruct: objectInfoStruct(one, version, nameOf, true) }
        : { info: objectInfo(one, version, nameOf, true), path: [...one.path] }),
      ...about(version, nameOf, sources),
    });
  }
  return answers;
}

/** Where the version is from, and what it builds on. */
function about(version: VersionPart, nameOf: (id: string) => string, { inaccessible }: CopySources) {
  const { savedBy, ws, savedAt } = version.origin ?? version;
  const { copiedFrom } = version;
  const hidden = copiedFrom !== undefined && inaccessible.has(copiedFrom);
  return {
    provenance: new RawJson(Buffer.from(version.provenance)),
    creator: nameOf(savedBy),
    orig_wsid: ws,
    created: kbaseTime(savedAt),
    epoch: savedAt.getTime(),
    refs: [...(version.refs ?? [])],
    ...(copiedFrom === undefined || hidden ? {} : { copied: copiedFrom }),
    copy_source_inaccessible: hidden ? 1 : 0,
    extracted_ids: Object.fromEntries(version.extractedIds.map(({ type, ids }) => [type, [...ids]])),
  };
}

function assertBearable(found: readonly Pick<StoredVersion, 'size'>[]): void {
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= MAX_BYTES) return;
  const what = `data requested including potential subsets is ${bytes}B which exceeds maximum of ${MAX_BYTES}.`;
  throw refuse('data_too_much', `Too much data requested from the workspace at once; ${what}`);
}
