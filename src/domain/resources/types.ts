export type Visibility = 'public' | 'friendly' | 'private';

/** The systems that a type comes from. */
export type System = 'kbase' | 'oracle' | 'iiif' | 'gnode' | 'imageArtist';

export type OwnerKind = 'user' | 'role';

/** A form of external ids, and how messages call it. */
export interface IdForm {
  readonly like: RegExp;
  readonly words: string;
}

/** What holds for every resource of a type. */
export interface TypeRules {
  readonly system: System;
  /** Who may own one, and how many of them. */
  readonly owners: { readonly kinds: readonly OwnerKind[]; readonly min: number; readonly max: number };
  /** A role may own only what has an external id of one of these forms. */
  readonly roleOwnerNeedsId?: readonly IdForm[];
  readonly defaultVisibility: Visibility;
  /** Who may do what stands in the resource itself, or in its one parent. */
  readonly accessFrom: 'self' | 'parent';
  readonly parents: 'none' | 'one' | 'many';
  /** True where one without a parent makes no sense. */
  readonly parentRequired?: true;
  /** What may hang below one. */
  readonly contains: readonly string[];
  /** True where what hangs below the same parent has an order. */
  readonly ordered?: true;
  /** True where one without a parent stands at the top of its system, in the order in which they were made. */
  readonly atTop?: true;
  /** The key of `data` that lists show. */
  readonly caption?: string;
  /** Which of these a cascade goes on to. */
  readonly cascade: readonly string[];
  /** Who may delete one: the owner, who may write to it, or the owner while there is no other. */
  readonly deletedBy: 'owner' | 'writer' | 'soleOwner';
  /** Who sees all grants: whoever may write to it, or only who may change them. */
  readonly grantsSeenBy: 'writer' | 'sharer';
  /** True where all that hangs below one, such as the pages of a book, is changed at once, however much it is. */
  readonly large?: true;
}

const ONE_USER = { kinds: ['user'], min: 1, max: 1 } as const;
const ONE_USER_OR_ROLE = { kinds: ['user', 'role'], min: 1, max: 1 } as const;
/** `ownedBy`: empty means that only an administrator may write. */
const USERS = { kinds: ['user'], min: 0, max: 1_000 } as const;
const NOBODY = { kinds: [], min: 0, max: 0 } as const;

const kbase = {
  system: 'kbase',
  owners: ONE_USER,
  defaultVisibility: 'private',
  accessFrom: 'self',
  parents: 'none',
  contains: [],
  cascade: [],
  deletedBy: 'owner',
  grantsSeenBy: 'writer',
} as const satisfies TypeRules;

const CATALOG = [
  'folders',
  'workbooks',
  'subjectAreas',
  'datasets',
  'connections',
  'dataflows',
  'models',
  'sequences',
  'analysis',
  'reports',
  'dashboards',
  'dashboardpages',
  'dashboardgroupfolders',
  'scripts',
] as const;

const CATALOG_PATH: IdForm = { like: /^\/@Catalog\//, words: 'begins with /@Catalog/' };
const OWNER_AND_NAME: IdForm = { like: /^'.+'\.'.+'$/s, words: "is of the form 'owner'.'name'" };

/** A catalog item. Its content is its own: a cascade goes through folders and dashboards only. */
function catalog(contains: readonly string[] = []) {
  return {
    system: 'oracle',
    owners: ONE_USER_OR_ROLE,
    roleOwnerNeedsId: [CATALOG_PATH],
    defaultVisibility: 'private',
    accessFrom: 'self',
    parents: 'one',
    contains,
    caption: 'description',
    cascade: contains,
    deletedBy: 'owner',
    grantsSeenBy: 'sharer',
  } as const satisfies TypeRules;
}

/**
 * A catalog item that may have an owner and a name for its id instead of a path. Oracle's administration guide counts
 * these types among the objects that a role may own.
 */
const namedItem = { ...catalog(), roleOwnerNeedsId: [CATALOG_PATH, OWNER_AND_NAME] } as const satisfies TypeRules;

/** What a IIIF service publishes: everybody reads it, `ownedBy` writes. It may have several parents. */
function iiif(contains: readonly string[] = [], cascade = contains) {
  return {
    system: 'iiif',
    owners: USERS,
    defaultVisibility: 'public',
    accessFrom: 'self',
    parents: 'many',
    contains,
    ordered: true,
    caption: 'label',
    cascade,
    deletedBy: 'soleOwner',
    grantsSeenBy: 'sharer',
    large: true,
  } as const satisfies TypeRules;
}

const FILES = ['resultFile', 'analysisFile', 'assayDefinitionFile', 'annotationFile'] as const;

/** A dataset of Image Artist. */
function dataset(contains: readonly string[]) {
  return {
    system: 'imageArtist',
    owners: ONE_USER,
    defaultVisibility: 'private',
    accessFrom: 'self',
    parents: 'one',
    contains: [...contains, ...FILES],
    cascade: contains,
    deletedBy: 'owner',
    grantsSeenBy: 'sharer',
  } as const satisfies TypeRules;
}

/** A file beside a dataset keeps the stamp of who made it; its access is the dataset's. */
const file = {
  system: 'imageArtist',
  owners: NOBODY,
  defaultVisibility: 'private',
  accessFrom: 'parent',
  parents: 'one',
  parentRequired: true,
  contains: [],
  cascade: [],
  deletedBy: 'owner',
  grantsSeenBy: 'sharer',
} as const satisfies TypeRules;

/** Data of the G-Node portal; who may write to it may delete it. Signals and events hang below several things. */
function gnode(cascade: readonly string[] = [], attributes: readonly string[] = []) {
  return {
    system: 'gnode',
    owners: ONE_USER,
    defaultVisibility: 'private',
    accessFrom: 'self',
    parents: 'many',
    contains: [...cascade, ...attributes],
    cascade,
    deletedBy: 'writer',
    grantsSeenBy: 'sharer',
  } as const satisfies TypeRules;
}

/** Those of them that are a tree. */
function gnodeTree(cascade: readonly string[], attributes: readonly string[] = []) {
  return { ...gnode(cascade, attributes), parents: 'one' } as const satisfies TypeRules;
}

/** Metadata of a section: no rights of its own. */
function attribute(contains: readonly string[]) {
  return {
    ...gnodeTree([], contains),
    owners: NOBODY,
    accessFrom: 'parent',
    parentRequired: true,
  } as const satisfies TypeRules;
}

/**
 * Every type there is, in the word of its own system: Oracle's are plural, and so no two are alike. `cascade` is the rule
 * of each type for what happens to a whole branch at once.
 */
export const resourceTypes = {
  // KBase
  workspace: kbase,
  // Oracle Analytics
  folders: catalog(CATALOG),
  workbooks: catalog(),
  subjectAreas: catalog(),
  datasets: namedItem,
  connections: namedItem,
  dataflows: namedItem,
  models: namedItem,
  sequences: namedItem,
  analysis: catalog(),
  reports: catalog(),
  dashboards: catalog(['dashboardpages']),
  dashboardpages: catalog(),
  dashboardgroupfolders: catalog(['dashboardgroupfolders', 'dashboards']),
  scripts: catalog(),
  // IIIF; nothing links to a layer
  collection: { ...iiif(['collection', 'manifest']), atTop: true },
  manifest: { ...iiif(['sequence', 'range']), atTop: true },
  sequence: iiif(['canvas']),
  canvas: iiif(['annotation', 'list']),
  annotation: iiif(),
  list: iiif(['annotation']),
  range: iiif(['range', 'canvas']),
  layer: iiif(['list'], []),
  // Image Artist
  screen: dataset(['plate']),
  plate: dataset(['measurement']),
  measurement: dataset([]),
  resultFile: file,
  analysisFile: file,
  assayDefinitionFile: file,
  annotationFile: file,
  // G-Node
  section: gnodeTree(['section', 'block', 'datafile'], ['property']),
  property: attribute(['value']),
  value: attribute([]),
  datafile: gnodeTree([]),
  block: gnodeTree(['segment', 'recordingchannelgroup']),
  segment: gnodeTree([
    'analogsignal',
    'irsaanalogsignal',
    'analogsignalarray',
    'spiketrain',
    'spike',
    'event',
    'eventarray',
    'epoch',
    'epocharray',
  ]),
  event: gnode(),
  eventarray: gnode(['event']),
  epoch: gnode(),
  epocharray: gnode(['epoch']),
  spike: gnode(),
  spiketrain: gnode(),
  analogsignal: gnode(),
  irsaanalogsignal: gnode(),
  analogsignalarray: gnode(['analogsignal']),
  recordingchannelgroup: gnode(['recordingchannel', 'analogsignalarray']),
  recordingchannel: gnode(['unit', 'analogsignal', 'irsaanalogsignal']),
  unit: gnode(['spiketrain', 'spike']),
} as const satisfies Readonly<Record<string, TypeRules>>;

/** What there is to own. */
export type ResourceType = keyof typeof resourceTypes;

/** The rules of a type. */
export const rulesOf = (type: ResourceType): TypeRules => resourceTypes[type];

/** The types of one system, in the order of the table. */
export function typesOf(system: System): ResourceType[] {
  return (Object.keys(resourceTypes) as ResourceType[]).filter((type) => resourceTypes[type].system === system);
}
