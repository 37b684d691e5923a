import { refuse, StewardError } from '../../base/errors.ts';
import type { Bytes } from '../../base/json/bytes.ts';
import { digestInTurns } from '../../base/json/digest.ts';
import type { SaveObjectsParams, WorkspaceIdentity } from '../../base/schemas/generated.ts';
import type { Spool } from '../../base/spool/spool.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import type { Reader } from '../../store/collection.ts';
import { type Instant, instant } from '../../store/instant.ts';
import type { StorableType } from '../modules/dataType.ts';
import type { StorableTypes } from '../modules/storableTypes.ts';
import { parseTypestring } from '../modules/typestring.ts';
import type { MetaItem } from '../resources/resource.ts';
import { assertUnlocked, identifierOf } from '../workspaces/identity.ts';
import { assertMetaSize, metaItems } from '../workspaces/meta.ts';
import { permitted } from '../workspaces/permit.ts';
import { type CheckedData, Checking } from './checkedData.ts';
import type { Contents } from './content.ts';
import { FoundIds, type FoundReference } from './found.ts';
import type { StoredVersion } from './object.ts';
import { inputsOf, provenanceText } from './provenance.ts';
import { within } from './refusals.ts';
import { type Resolution, resolveReferences } from './resolve.ts';
import { type Draft, draftsOf } from './saveData.ts';

const MAX_BYTES = 1_000_000_000;

/** What goes into a version as it was sent, and needs nothing from the transaction. */
type Ready = Pick<
  StoredVersion,
  | 'type'
  | 'typeName'
  | 'typeMajor'
  | 'typeMinor'
  | 'checksum'
  | 'size'
  | 'meta'
  | 'refs'
  | 'provenanceRefs'
  | 'provenance'
  | 'extractedIds'
>;

/** One object whose data fits, whose references are known, and whose content is stored. */
export interface PreparedObject {
  readonly draft: Draft;
  readonly version: Ready;
}

export interface PreparedSave {
  readonly workspace: WorkspaceIdentity;
  readonly objects: readonly PreparedObject[];
  /** All references in data and provenance, which the user could follow at this moment. */
  readonly references: { readonly texts: readonly string[]; readonly at: Instant };
}

/** What preparing a save takes. */
export interface SaveRoom {
  readonly reader: Reader;
  readonly types: StorableTypes;
  readonly contents: Contents;
  /** Where data goes that is too long for memory while it is prepared. */
  readonly spool: Spool;
  readonly now: Date;
  /** Then no content is stored. */
  readonly dryRun: boolean;
}

/**
 * Everything of a save that needs no transaction, in the order of KBase's errors: the workspace's identity, the shape of
 * every object, the permission, the data of every object, then where their references lead. Last, the contents are stored.
 *
 * @throws workspace_not_named, workspace_name_invalid, what draftsOf throws, workspace_missing, workspace_deleted,
 *   permission_denied, workspace_locked, object_invalid, object_reference_invalid, metadata_invalid
 */
export async function prepareSave(
  room: SaveRoom,
  who: UserAuthority,
  { objects, ...workspace }: SaveObjectsParams,
): Promise<PreparedSave> {
  identifierOf(workspace);
  const drafts = draftsOf(objects);
  assertUnlocked(await permitted(room.reader, who, ['write', 'write to'], workspace, ['locked']));
  const checked: Checked[] = [];
  try {
    const ids = new FoundIds();
    await checkAll(room, new Checking({ ids, spool: room.spool, holder: who.principal._id }), drafts, checked);
    return { workspace, ...(await prepareAll(room, who, checked)) };
  } finally {
    for (const { data } of checked) await data.discard();
  }
}

async function prepareAll(
  room: SaveRoom,
  who: UserAuthority,
  checked: readonly Checked[],
): Promise<Omit<PreparedSave, 'workspace'>> {
  const texts = checked.flatMap(({ data, draft }) => [
    ...data.check.found.references.map((r) => r.text),
    ...inputsOf(draft.provenance),
  ]);
  const resolvedAt = instant();
  const resolve = await resolveReferences(room.reader, who, texts);
  for (const { draft, data } of checked) assertReferences(draft, data.check.found.references, resolve);
  const prepared: PreparedObject[] = [];
  for (const one of checked) prepared.push(await finish(room, one, resolve));
  return { objects: prepared, references: { texts, at: resolvedAt } };
}

interface Checked {
  readonly draft: Draft;
  readonly type: StorableType;
  readonly data: CheckedData;
}

/** Checks the drafts in their order; what was checked is noted at once, so that it can be given up. */
async function checkAll(
  room: SaveRoom,
  checking: Checking,
  drafts: readonly Draft[],
  checked: Checked[],
): Promise<void> {
  const types = new Map<string, StorableType>();
  for (const draft of drafts) {
    const type = types.get(draft.type) ?? (await typeOf(room.types, draft));
    types.set(draft.type, type);
    checked.push({ draft, type, data: await checking.check(draft, type) });
  }
}

async function typeOf(types: StorableTypes, { label, type }: Draft): Promise<StorableType> {
  try {
    return await types.forSaving(type);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    // KBase takes this for a problem of the data, and begins a line with it.
    throw error.of(`${label} failed type checking:${error.reason === 'type_not_storable' ? '\n' : ' '}`);
  }
}

/** @throws object_reference_invalid */
function assertReferences(
  { label, provenance }: Draft,
  references: readonly FoundReference[],
  resolve: Resolution,
): void {
  for (const { text, allowed, path } of references) {
    const { type, typeName } = resolvedIn(`${label} has`, 'reference', text, ` at ${path}`, resolve);
    if (allowed.length === 0 || allowed.includes(typeName)) continue;
    const what = `The type ${type} of reference ${text} in this object is not allowed - allowed types are`;
    throw refuse(
      'object_reference_invalid',
      `${label} has invalid reference: ${what} [${allowed.join(', ')}] at ${path}`,
    );
  }
  for (const text of inputsOf(provenance)) resolvedIn(`${label} has`, 'provenance reference', text, '', resolve);
}

function resolvedIn(label: string, kind: string, text: string, where: string, resolve: Resolution) {
  try {
    return resolve(text);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const unparseable = error.reason !== 'object_reference_invalid' && error.kind !== 'busy';
    const what = unparseable ? `unparseable ${kind} ${text}` : `invalid ${kind}`;
    throw refuse('object_reference_invalid', `${label} ${what}: ${error.message}${where}`);
  }
}

async function finish(room: SaveRoom, { draft, type, data }: Checked, resolve: Resolution): Promise<PreparedObject> {
  const { label, provenance } = draft;
  const canonical = await canonicalOf(label, data, resolve);
  const checksum = await digestInTurns('md5', canonical);
  const meta = metaWith(label, draft.meta, data.check.metadata);
  const refs = [...new Set(data.check.found.references.map((r) => resolve(r.text).reference))];
  const inputs = [...new Set(inputsOf(provenance).map((text) => resolve(text).reference))];
  const { module, type: name, major = 0, minor = 0 } = parseTypestring(type.typestring);
  const version: Ready = {
    type: type.typestring,
    typeName: `${module}.${name}`,
    typeMajor: major,
    typeMinor: minor,
    checksum,
    size: canonical.length,
    ...(meta.length === 0 ? {} : { meta }),
    ...(refs.length === 0 ? {} : { refs }),
    ...(inputs.length === 0 ? {} : { provenanceRefs: inputs }),
    provenance: within(label, () => provenanceText(provenance, (text) => resolve(text).reference)),
    extractedIds: [],
  };
  if (!room.dryRun) await room.contents.store(checksum, canonical);
  await data.discard();
  return { draft, version };
}

/** @throws object_invalid */
async function canonicalOf(label: string, data: CheckedData, resolve: Resolution): Promise<Uint8Array | Bytes> {
  const canonical = await data.canonical((text) => resolve(text).reference);
  if (canonical.length <= MAX_BYTES) return canonical;
  throw refuse('object_invalid', `${label}, data size ${canonical.length} exceeds limit of ${MAX_BYTES}`);
}

/** What the type takes out of the data goes before what the user says under the same key. @throws metadata_invalid */
function metaWith(label: string, own: readonly MetaItem[], extracted: ReadonlyMap<string, string>): MetaItem[] {
  return within(`${label}: `, () => {
    const items = metaItems(Object.fromEntries(extracted));
    assertMetaSize(items, 'Extracted metadata from object exceeds limit of 16000B');
    const all = [...own.filter((item) => !extracted.has(item.key)), ...items];
    const exceeds = 'when updated with object-extracted metadata, exceeds the allowed maximum of 16000B';
    assertMetaSize(all, `The user-provided metadata, ${exceeds}`);
    return all;
  });
}
