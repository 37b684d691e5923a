import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import type { ObjectData as DeclaredData, GetObjects } from '../../base/schemas/generated.ts';
import type { Part } from '../../store/collection.ts';
import type { Files } from '../../store/files.ts';
import type { ReadContext } from '../access/context.ts';
import { kbaseTime } from '../workspaces/time.ts';
import { inaccessibleSources } from './copySources.ts';
import { fetchContents } from './fetch.ts';
import { follow, type ObjectReader } from './follow.ts';
import { describedFields, objectInfo, objectInfoStruct, readVersions } from './info.ts';
import type { Reference, StoredVersion } from './object.ts';
import { type ObjectRequest, objectRequests } from './specification.ts';
import { subsetOf } from './subset.ts';

/** The most objects, and bytes of data, that one call may ask for. */
const MAX_OBJECTS = 10_000;
const MAX_BYTES = 1_000_000_000;

/** As declared, but with what callers stored as the text that they stored. */
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

export interface DataContext extends ReadContext, ObjectReader {
  readonly files: Files;
}

export interface Shown {
  readonly withData: boolean;
  readonly asStruct?: boolean;
  readonly ignoreErrors?: boolean;
}

/**
 * Objects with their data, or the selected part of it, and their provenance.
 *
 * @returns with `ignoreErrors` null for what cannot be shown
 * @throws what objectRequests and dataOf throw
 */
export async function getObjects(
  context: DataContext,
  { objects, ignoreErrors = 0, infostruct = 0, no_data = 0 }: GetObjects['params'],
): Promise<{ readonly data: readonly (ObjectData | null)[] }> {
  const shown = { withData: no_data === 0, asStruct: infostruct !== 0, ignoreErrors: ignoreErrors !== 0 };
  return { data: await dataOf(context, objectRequests(objects), shown) };
}

/** @throws invalid_params, data_too_much, subset_invalid, and what follow throws */
export async function dataOf(
  context: DataContext,
  requests: readonly ObjectRequest[],
  { withData, asStruct = false, ignoreErrors = false }: Shown,
): Promise<(ObjectData | null)[]> {
  const { reader, people, files } = context;
  if (requests.length > MAX_OBJECTS) {
    throw refuse('invalid_params', `At most ${MAX_OBJECTS} objects can be requested at once`);
  }
  const reached = await follow(context, requests, ignoreErrors);
  const there = reached.flatMap((r) => r ?? []);
  const versionOf = await readVersions(reader, there, asStruct ? [...fields, 'adminMeta'] : fields);
  const found = there.map(versionOf);
  if (withData) assertSize(found);
  const contentOf = withData ? await fetchContents(reader, files, found) : undefined;
  const hidden = await inaccessibleSources(context, found);
  const nameOf = await people.names(found.flatMap((v) => [v.savedBy, v.origin?.savedBy ?? v.savedBy]));
  const answers: (ObjectData | null)[] = [];
  for (const [i, one] of reached.entries()) {
    if (one === null) {
      answers.push(null);
      continue;
    }
    const version = versionOf(one);
    const selection = requests[i]?.selection;
    const whole = contentOf?.(version.checksum);
    const data = whole === undefined || selection === undefined ? whole : await subsetOf(whole, selection);
    answers.push({
      ...defined({ data }),
      ...(asStruct
        ? { infostruct: objectInfoStruct(one, version, { nameOf, withMeta: true }) }
        : { info: objectInfo(one, version, { nameOf, withMeta: true }), path: [...one.path] }),
      ...originOf(version, nameOf, hidden),
    });
  }
  return answers;
}

/** Who made the version, and what it builds on; a source that may not be read is not named. */
function originOf(version: VersionPart, nameOf: (id: string) => string, inaccessible: ReadonlySet<Reference>) {
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
    ...defined({ copied: hidden ? undefined : copiedFrom }),
    copy_source_inaccessible: hidden ? 1 : 0,
    extracted_ids: Object.fromEntries(version.extractedIds.map(({ type, ids }) => [type, [...ids]])),
  };
}

function assertSize(found: readonly Pick<StoredVersion, 'size'>[]): void {
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= MAX_BYTES) return;
  const what = `data requested including potential subsets is ${bytes}B which exceeds maximum of ${MAX_BYTES}.`;
  throw refuse('data_too_much', `Too much data requested from the workspace at once; ${what}`);
}
