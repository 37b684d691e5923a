import type { Concern, RecordDraft } from '../../audit/record.ts';
import { passwords } from '../../identity/passwords.ts';
import { principals } from '../../identity/principal.ts';
import { roles } from '../../identity/roles.ts';
import { jobs } from '../../jobs/job.ts';
import type { Change } from '../../store/changes.ts';
import type { Collection, Reader, Stored } from '../../store/collection.ts';
import { inSlices } from '../../store/slices.ts';
import { modules } from '../modules/module.ts';
import { objects, versions } from '../objects/object.ts';
import { resources, workspaces } from '../resources/resource.ts';

/** The most documents that a record lists for one principal. */
const MAX_LISTED = 100;
/** How far above a document without owners its owners are looked for. */
const MAX_HEIGHT = 10;

/** The documents that a call named, by `<collection>/<id>`, with their owners where these are known. */
type Named = ReadonlyMap<string, readonly string[] | undefined>;

type Act = Pick<RecordDraft, 'subject' | 'onBehalfOf' | 'changes' | 'notices'>;

/**
 * Whom an act of an administrator concerns: the user it was done as or for, those who owned what it named or changed, before or
 * after it, those whose rights it changed, and those who were told of it. A role stands for its members.
 *
 * @param reader sees the changes of the act
 */
export async function concernsOf(reader: Reader, act: Act, named: Named): Promise<readonly Concern[]> {
  const found = new Map<string, Set<string>>();
  const add = (ids: readonly string[], place?: string) => {
    for (const id of ids) {
      const places = found.get(id) ?? new Set();
      found.set(id, places);
      if (place !== undefined) places.add(place);
    }
  };
  for (const user of [act.subject, act.onBehalfOf]) if (user !== undefined) add([user.id]);
  for (const { to } of act.notices ?? []) add([to]);
  /** The documents whose owners are to be read, with the places for which they count. */
  const unknown = new Map<string, Set<string>>();
  const lookUp = (document: string, place: string) =>
    unknown.set(document, (unknown.get(document) ?? new Set()).add(place));
  for (const [place, owners] of named) {
    if (owners === undefined || owners.length === 0) lookUp(place, place);
    else add(owners, place);
  }
  const addChange = (change: Change) => {
    const place = `${change.collection}/${change.id}`;
    add(principalsIn(change), place);
    if (ownersIn(change).length > 0) return;
    for (const holder of holdersOf(change)) {
      const known = named.get(holder);
      if (known === undefined || known.length === 0) lookUp(holder, place);
      else add(known, place);
    }
  };
  await inSlices(act.changes, async (slice) => slice.forEach(addChange));
  await addOwners(reader, unknown, add);
  return [...found].map(([id, places]) => concernOf(id, [...places]));
}

function concernOf(id: string, places: readonly string[]): Concern {
  const listed = { id, resources: places.slice(0, MAX_LISTED) };
  return places.length > MAX_LISTED ? { ...listed, more: places.length - MAX_LISTED } : listed;
}

/** Collections with a document for each principal, whose id it has. */
const BY_PRINCIPAL: readonly string[] = [principals.name, passwords.name, roles.name];

/** The ids of the users and roles in the fields that a change shows. */
export function principalsIn(change: Change): string[] {
  const own = BY_PRINCIPAL.includes(change.collection) ? [change.id] : [];
  switch (change.op) {
    case 'insert':
      return [...own, ...principalsOf(change.after)];
    case 'remove':
      return [...own, ...principalsOf(change.before)];
    case 'update':
      return [
        ...own,
        ...change.fields.flatMap(({ path, before, after }) => [before, after].flatMap((v) => inField(path, v))),
      ];
  }
}

/** The owners that a change shows. */
function ownersIn(change: Change): string[] {
  if (change.op !== 'update')
    return inField('owners', fieldOf(change.op === 'insert' ? change.after : change.before, 'owners'));
  return change.fields.flatMap(({ path, before, after }) => (path === 'owners' ? [before, after] : [])).flatMap(idsIn);
}

const FIELDS: readonly string[] = [
  'owners',
  'grants',
  'members',
  'admins',
  'pair',
  'agreed',
  'principal',
  'requester',
  'from',
  'to',
];

const principalsOf = (document: unknown) => FIELDS.flatMap((field) => inField(field, fieldOf(document, field)));

const fieldOf = (document: unknown, field: string): unknown =>
  document !== null && typeof document === 'object'
    ? (document as Readonly<Record<string, unknown>>)[field]
    : undefined;

/** @param path the name of a field, or of an item of a keyed list in it */
const inField = (path: string, value: unknown): string[] =>
  FIELDS.includes(path.replace(/\[.*$/s, '')) ? idsIn(value) : [];

/** Ids, or items that name a principal or users whom they limit somebody to. */
function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (value === null || typeof value !== 'object') return [];
  const { principal, as, id } = value as { readonly principal?: unknown; readonly as?: unknown; readonly id?: unknown };
  return [principal ?? id, as].flatMap((inner) => (inner === undefined ? [] : idsIn(inner)));
}

/** The documents whose owners own what was changed; none where a change shows all whom it concerns. */
function holdersOf(change: Change): string[] {
  const { collection, id, op } = change;
  const [workspace] = id.split('/');
  if (collection === objects.name || collection === versions.name) return [`${workspaces.name}/${workspace}`];
  const owned = collection === workspaces.name || collection === resources.name;
  // What was removed can only be looked for above.
  if (owned && op === 'remove') {
    const parents = fieldOf(change.before, 'parents');
    return Array.isArray(parents) ? parents.map((parent) => `${resources.name}/${parent}`) : [];
  }
  const read = owned || (op === 'update' && (collection === jobs.name || collection === modules.name));
  return read ? [`${collection}/${id}`] : [];
}

type Owned = Partial<Pick<Stored & Record<string, unknown>, 'owners' | 'parents' | 'from' | 'to'>>;

interface Looked<T extends Stored> {
  readonly from: Collection<T>;
  readonly fields: readonly (keyof T & string)[];
}

const looked = <T extends Stored>(from: Collection<T>, ...fields: (keyof T & string)[]): Looked<T> => ({
  from,
  fields,
});

/** Adds the owners of documents; of those without owners, the owners of what they are in. */
async function addOwners(
  reader: Reader,
  documents: ReadonlyMap<string, ReadonlySet<string>>,
  add: (ids: readonly string[], place: string) => void,
): Promise<void> {
  let level = documents;
  for (let height = 0; level.size > 0 && height < MAX_HEIGHT; height += 1) {
    const above = new Map<string, Set<string>>();
    for (const [document, owned] of await readOwned(reader, [...level.keys()])) {
      const owners = [owned.owners, owned.from, owned.to].flatMap(idsIn);
      const next = owners.length > 0 || !Array.isArray(owned.parents) ? [] : owned.parents;
      for (const place of level.get(document) ?? []) {
        add(owners, place);
        for (const parent of next) {
          const key = `${resources.name}/${parent}`;
          above.set(key, (above.get(key) ?? new Set()).add(place));
        }
      }
    }
    level = above;
  }
}

async function readOwned(reader: Reader, places: readonly string[]): Promise<[string, Owned][]> {
  const idsOf = ({ name }: { readonly name: string }) =>
    places.flatMap((place) => (place.startsWith(`${name}/`) ? [place.slice(name.length + 1)] : []));
  const read = async <T extends Stored>({ from, fields }: Looked<T>): Promise<[string, Owned][]> => {
    const ids = idsOf(from);
    if (ids.length === 0) return [];
    const found = await reader.parts(from, { _id: { $in: ids } }, { fields });
    return found.map((document) => [`${from.name}/${document._id}`, document as Owned]);
  };
  const all = [
    await read(looked(workspaces, 'owners')),
    await read(looked(resources, 'owners', 'parents')),
    await read(looked(modules, 'owners')),
    await read(looked(jobs, 'from', 'to')),
  ];
  return all.flat();
}
