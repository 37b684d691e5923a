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
import { readPermitted } from '../workspaces/permit.ts';
import { type CheckedData, Checking } from './checkedData.ts';
import type { Contents } from './content.ts';
import { FoundIds, type FoundReference } from './found.ts';
import type { StoredVersion } from './object.ts';
import { inputsOf, provenanceText } from './provenance.ts';
import { withPrefix } from './refusals.ts';
import { type Resolution, resolveReferences } from './resolve.ts';
import { type Draft, draftsOf } from './saveData.ts';

const MAX_BYTES = 1_000_000_000;

/** The fields of a version that do not depend on the transaction. */
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

/** An object whose data is checked, whose references are resolved, and whose content is stored. */
export interface PreparedObject {
  readonly draft: Draft;
  readonly version: Ready;
}

export interface PreparedSave {
  readonly workspace: WorkspaceIdentity;
  readonly objects: readonly PreparedObject[];
  /** All references in data and provenance, and when the user could follow them. */
  readonly references: { readonly texts: readonly string[]; readonly at: Instant };
}

export interface SaveContext {
  readonly reader: Reader;
  readonly types: StorableTypes;
  readonly contents: Contents;
  /** For data that is too long for memory. */
  readonly spool: Spool;
  readonly now: Date;
  /** In a dry run no content is stored. */
  readonly dryRun: boolean;
}

/**
 * The part of a save that needs no transaction. The order of the checks is that of KBase's errors: the workspace's
 * identity, the shape of every object, the permission, the data of every object, the references. Then the contents are
 * stored.
 *
 * @throws workspace_not_named, workspace_name_invalid, what draftsOf throws, workspace_missing, workspace_deleted,
 *   permission_denied, workspace_locked, object_invalid, object_reference_invalid, metadata_invalid
 */
export async function prepareSave(
  context: SaveContext,
  authority: UserAuthority,
  { objects, ...workspace }: SaveObjectsParams,
): Promise<PreparedSave> {
  identifierOf(workspace);
  const drafts = draftsOf(objects);
  const access = { reader: context.reader, authority };
  assertUnlocked(await readPermitted(access, workspace, { verb: 'write to', fields: ['locked'] }));
  const checked: Checked[] = [];
  try {
    const ids = new FoundIds();
    const checking = new Checking({ ids, spool: context.spool, holder: authority.principal._id });
    const types = new Map<string, StorableType>();
    for (const draft of drafts) {
      const type = types.get(draft.type) ?? (await typeOf(context.types, draft));
      types.set(draft.type, type);
      checked.push({ draft, type, data: await checking.check(draft, type) });
    }
    return { workspace, ...(await prepareAll(context, authority, checked)) };
  } finally {
    for (const { data } of checked) await data.discard();
  }
}

async function prepareAll(
  context: SaveContext,
  authority: UserAuthority,
  checked: readonly Checked[],
): Promise<Omit<PreparedSave, 'workspace'>> {
  const texts = checked.flatMap(({ data, draft }) => [
    ...data.check.found.references.map((r) => r.text),
    ...inputsOf(draft.provenance),
  ]);
  const resolvedAt = instant();
  const resolve = await resolveReferences(context.reader, authority, texts);
  for (const { draft, data } of checked) assertReferences(draft, data.check.found.references, resolve);
  const prepared: PreparedObject[] = [];
  for (const one of checked) prepared.push(await finish(context, one, resolve));
  return { objects: prepared, references: { texts, at: resolvedAt } };
}

interface Checked {
  readonly draft: Draft;
  readonly type: StorableType;
  readonly data: CheckedData;
}

async function typeOf(types: StorableTypes, { label, type }: Draft): Promise<StorableType> {
  try {
    return await types.forSaving(type);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    // KBase reports this like an error in the data, on a line of its own.
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
    const { type, typeName } = orRefuse(() => resolve(text), { label, kind: 'reference', text, where: ` at ${path}` });
    if (allowed.length === 0 || allowed.includes(typeName)) continue;
    const what = `The type ${type} of reference ${text} in this object is not allowed - allowed types are`;
    throw refuse(
      'object_reference_invalid',
      `${label} has invalid reference: ${what} [${allowed.join(', ')}] at ${path}`,
    );
  }
  for (const text of inputsOf(provenance)) {
    orRefuse(() => resolve(text), { label, kind: 'provenance reference', text, where: '' });
  }
}

interface Occurrence {
  readonly label: string;
  readonly kind: 'reference' | 'provenance reference';
  readonly text: string;
  readonly where: string;
}

function orRefuse<T>(resolve: () => T, { label, kind, text, where }: Occurrence): T {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const unparseable = error.reason !== 'object_reference_invalid' && error.kind !== 'busy';
    const what = unparseable ? `unparseable ${kind} ${text}` : `invalid ${kind}`;
    throw refuse('object_reference_invalid', `${label} has ${what}: ${error.message}${where}`);
  }
}

async function finish(
  context: SaveContext,
  { draft, type, data }: Checked,
  resolve: Resolution,
): Promise<PreparedObject> {
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
    provenance: withPrefix(label, () => provenanceText(provenance, (text) => resolve(text).reference)),
    extractedIds: [],
  };
  if (!context.dryRun) await context.contents.store(checksum, canonical);
  await data.discard();
  return { draft, version };
}

/** @throws object_invalid */
async function canonicalOf(label: string, data: CheckedData, resolve: Resolution): Promise<Uint8Array | Bytes> {
  const canonical = await data.canonical((text) => resolve(text).reference);
  if (canonical.length <= MAX_BYTES) return canonical;
  throw refuse('object_invalid', `${label}, data size ${canonical.length} exceeds limit of ${MAX_BYTES}`);
}

/** The user's metadata and that which the type extracts, which wins for the same key. @throws metadata_invalid */
function metaWith(label: string, own: readonly MetaItem[], extracted: ReadonlyMap<string, string>): MetaItem[] {
  return withPrefix(`${label}: `, () => {
    const items = metaItems(Object.fromEntries(extracted));
    assertMetaSize(items, 'Extracted metadata from object exceeds limit of 16000B');
    const all = [...own.filter((item) => !extracted.has(item.key)), ...items];
    const exceeds = 'when updated with object-extracted metadata, exceeds the allowed maximum of 16000B';
    assertMetaSize(all, `The user-provided metadata, ${exceeds}`);
    return all;
  });
}
