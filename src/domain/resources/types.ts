export type Visibility = 'public' | 'friendly' | 'private';

/** The systems that a type comes from. */
export type System = 'kbase' | 'oracle' | 'iiif' | 'gnode' | 'imageArtist';

export type OwnerKind = 'user' | 'role';

/** A form of external ids, and its description in messages. */
export interface IdForm {
  readonly like: RegExp;
  readonly words: string;
}

/** The rules for every resource of a type. */
export interface TypeRules {
  readonly system: System;
  readonly owners: { readonly kinds: readonly OwnerKind[]; readonly min: number; readonly max: number };
  /** A role may own only resources with an external id of one of these forms. */
  readonly roleOwnerNeedsId?: readonly IdForm[];
  readonly defaultVisibility: Visibility;
  /** Whether owners, grants and visibility are those of the resource itself or of its one parent. */
  readonly accessFrom: 'self' | 'parent';
  readonly parents: 'none' | 'one' | 'many';
  readonly parentRequired?: true;
  /** The types of its children. */
  readonly contains: readonly string[];
  /** Whether the children of the same parent have an order. */
  readonly ordered?: true;
  /** Whether those without a parent are listed at the top of their system, in the order in which they were made. */
  readonly atTop?: true;
  /** The key of `data` that lists show. */
  readonly caption?: string;
  /** The types of children that a cascade goes on to. */
  readonly cascade: readonly string[];
  /** Who may delete it: the owner, everybody who may write to it, or the owner if there is only one. */
  readonly deletedBy: 'owner' | 'writer' | 'soleOwner';
  /** Who sees all grants: everybody who may write to it, or only those who may change them. */
  readonly grantsSeenBy: 'writer' | 'sharer';
  /** Whether everything below it, such as the pages of a book, is changed at once, however much it is. */
  readonly large?: true;
}

const ONE_USER = { kinds: ['user'], min: 1, max: 1 } as const;
const ONE_USER_OR_ROLE = { kinds: ['user', 'role'], min: 1, max: 1 } as const;
/** Of an object without owners, only administrators may write to it. */
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

/** An item of Oracle's catalog. A cascade goes through folders and dashboards only. */
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
 * An item of Oracle's catalog whose id may be an owner and a name instead of a path. Oracle's administration guide
 * counts these types among the objects that a role may own.
 */
const namedItem = { ...catalog(), roleOwnerNeedsId: [CATALOG_PATH, OWNER_AND_NAME] } as const satisfies TypeRules;

/**
 * An object of a IIIF service: everybody may read it, its owners (`ownedBy`) may write. It may have several parents.
 */
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

/** A file of a dataset, which decides on the access to it. Its stamp says who made it. */
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

/**
 * An object of the G-Node portal. Everybody who may write to it may delete it. Signals and events have several parents.
 */
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

/** An object of the G-Node portal with one parent. */
function gnodeTree(cascade: readonly string[], attributes: readonly string[] = []) {
  return { ...gnode(cascade, attributes), parents: 'one' } as const satisfies TypeRules;
}

/** Metadata of a section of the G-Node portal, without rights of its own. */
function attribute(contains: readonly string[]) {
  return {
    ...gnodeTree([], contains),
    owners: NOBODY,
    accessFrom: 'parent',
    parentRequired: true,
  } as const satisfies TypeRules;
}

/**
 * All types, under the names of their own systems. No two are the same, since Oracle's are plurals.
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
  recordingchannelgroup: gnode(['recordingchannel', 'unit', 'analogsignalarray']),
  recordingchannel: gnode(['unit', 'analogsignal', 'irsaanalogsignal']),
  unit: gnode(['spiketrain', 'spike']),
} as const satisfies Readonly<Record<string, TypeRules>>;

export type ResourceType = keyof typeof resourceTypes;

export const rulesOf = (type: ResourceType): TypeRules => resourceTypes[type];

/** The types of one system, in the order of the table. */
export function typesOf(system: System): ResourceType[] {
  return (Object.keys(resourceTypes) as ResourceType[]).filter((type) => resourceTypes[type].system === system);
}
