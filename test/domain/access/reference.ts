import type { Tree } from './forest.ts';

/**
 * An independent implementation of the rules of rights and cascades, as the documents of the systems
 * have them, without the service's tables or code.
 */

const RANK = { none: 0, read: 1, write: 2, admin: 3, owner: 4 } as const;
type Level = keyof typeof RANK;

export interface Person {
  readonly user: string;
  readonly roles: readonly string[];
  readonly friends: readonly string[];
}

/** Whether a level includes another. */
export const covers = (level: Level, needed: Level): boolean => RANK[level] >= RANK[needed];

/** The highest level that anything gives this user. */
export function levelOf(person: Person, tree: Tree): Level {
  const hats = new Set([person.user, ...person.roles]);
  const levels: Level[] = ['none'];
  if (tree.visibility === 'public') levels.push('read');
  if (tree.visibility === 'friendly' && tree.owners.filter((o) => person.friends.includes(o)).length > 0) {
    levels.push('read');
  }
  for (const hat of hats) {
    for (const g of tree.grants) if (g.principal === hat) levels.push(g.level);
    if (tree.owners.includes(hat)) levels.push('owner');
  }
  return levels.sort((a, b) => RANK[b] - RANK[a])[0] as Level;
}

const IIIF = ['collection', 'manifest', 'sequence', 'range', 'canvas', 'annotation', 'list', 'layer'];
const GNODE = [
  'section',
  'block',
  'segment',
  'eventarray',
  'event',
  'recordingchannelgroup',
  'recordingchannel',
].concat(['unit', 'spike']);

export function may(person: Person, action: 'read' | 'write' | 'share' | 'seeGrants' | 'delete', tree: Tree): boolean {
  const rank = RANK[levelOf(person, tree)];
  if (action === 'read') return rank >= 1;
  if (action === 'write') return rank >= 2;
  if (action === 'share' || action === 'seeGrants') return rank >= 3;
  // G-Node: writers delete. IIIF: an owner deletes what nobody else owns.
  if (GNODE.includes(tree.type)) return rank >= 2;
  if (IIIF.includes(tree.type)) return rank === 4 && tree.owners.length < 2;
  return rank === 4;
}

/** Which children a cascade goes on to, from each type. */
const GOES_TO: Readonly<Record<string, string>> = {
  section: 'section block datafile',
  block: 'segment recordingchannelgroup',
  segment: 'analogsignal irsaanalogsignal analogsignalarray spiketrain spike event eventarray epoch epocharray',
  eventarray: 'event',
  epocharray: 'epoch',
  recordingchannelgroup: 'recordingchannel unit analogsignalarray',
  recordingchannel: 'unit analogsignal irsaanalogsignal',
  unit: 'spiketrain spike',
  analogsignalarray: 'analogsignal',
  collection: 'collection manifest',
  manifest: 'sequence range',
  sequence: 'canvas',
  range: 'range canvas',
  canvas: 'annotation list',
  list: 'annotation',
  folders:
    'folders workbooks subjectAreas datasets connections dataflows models sequences analysis reports dashboards ' +
    'dashboardpages dashboardgroupfolders scripts',
  dashboards: 'dashboardpages',
  dashboardgroupfolders: 'dashboardgroupfolders dashboards',
  screen: 'plate',
  plate: 'measurement',
};

/** Everything that a cascade reaches, with the least number of steps. */
export function reachOf(root: Tree, forest: readonly Tree[], depth: number): Map<string, number> {
  const steps = new Map([[root._id, 0]]);
  const relax = () => {
    let changed = false;
    for (const child of forest) {
      for (const parent of forest.filter((p) => child.parents.includes(p._id))) {
        const above = steps.get(parent._id);
        if (above === undefined || above >= depth) continue;
        if (!(GOES_TO[parent.type] ?? '').split(' ').includes(child.type)) continue;
        if ((steps.get(child._id) ?? Number.POSITIVE_INFINITY) <= above + 1) continue;
        steps.set(child._id, above + 1);
        changed = true;
      }
    }
    return changed;
  };
  while (relax());
  return steps;
}

type Given = readonly { readonly principal: string; readonly level: string }[];

/** The grants after a change, by principal. */
export function grantsAfter(tree: Tree, mode: 'replace' | 'merge' | 'remove', given: Given): Record<string, string> {
  const after: Record<string, string> = {};
  if (mode !== 'replace') for (const g of tree.grants) after[g.principal] = g.level;
  for (const g of given) {
    if (mode === 'remove') delete after[g.principal];
    else after[g.principal] = g.level;
  }
  // Owners need no grant, so that there is none to remove.
  for (const owner of tree.owners) {
    const before = tree.grants.find((g) => g.principal === owner);
    if (before === undefined) delete after[owner];
  }
  return after;
}

/** What is deleted with the root: everything that has no other parent. */
export function deletedWith(root: Tree, forest: readonly Tree[]): Set<string> {
  const below = new Set<string>();
  const walk = (id: string) => {
    if (below.has(id)) return;
    below.add(id);
    for (const child of forest) if (child.parents.includes(id)) walk(child._id);
  };
  walk(root._id);
  // A resource stays if it can be reached from one that stays without passing the root.
  const staying = new Set(forest.filter((t) => !below.has(t._id)).map((t) => t._id));
  let grew = true;
  while (grew) {
    const more = forest.filter(
      (t) => t._id !== root._id && !staying.has(t._id) && t.parents.some((p) => staying.has(p)),
    );
    for (const t of more) staying.add(t._id);
    grew = more.length > 0;
  }
  return new Set([...below].filter((id) => !staying.has(id)));
}
