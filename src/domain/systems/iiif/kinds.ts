import type { ResourceType } from '../../resources/types.ts';

/** The types of the IIIF Presentation API 2. */
export type IiifType = Extract<
  ResourceType,
  'collection' | 'manifest' | 'sequence' | 'canvas' | 'annotation' | 'list' | 'range' | 'layer'
>;

/** The type of the children in a field; `byType` if each has a `@type`. */
type Children = IiifType | 'byType';

export interface Kind {
  /** For messages. */
  readonly label: string;
  readonly atType: string;
  /** The fields with the children of an object, in the order in which they are read. */
  readonly children: Readonly<Record<string, Children>>;
}

export const kinds: Readonly<Record<IiifType, Kind>> = {
  collection: {
    label: 'Collection',
    atType: 'sc:Collection',
    children: { collections: 'collection', manifests: 'manifest', members: 'byType' },
  },
  manifest: {
    label: 'Manifest',
    atType: 'sc:Manifest',
    children: { sequences: 'sequence', structures: 'range' },
  },
  sequence: { label: 'Sequence', atType: 'sc:Sequence', children: { canvases: 'canvas' } },
  canvas: {
    label: 'Canvas',
    atType: 'sc:Canvas',
    children: { images: 'annotation', otherContent: 'list' },
  },
  annotation: { label: 'Annotation', atType: 'oa:Annotation', children: {} },
  list: { label: 'AnnotationList', atType: 'sc:AnnotationList', children: { resources: 'annotation' } },
  range: {
    label: 'Range',
    atType: 'sc:Range',
    children: { canvases: 'canvas', ranges: 'range', members: 'byType' },
  },
  layer: { label: 'Layer', atType: 'sc:Layer', children: { otherContent: 'list' } },
};

export const iiifTypes = Object.keys(kinds) as IiifType[];

export const isIiifType = (text: string): text is IiifType => Object.hasOwn(kinds, text);

export const typeOfAtType = (atType: unknown): IiifType | undefined =>
  iiifTypes.find((type) => kinds[type].atType === atType);

/** The collection of all objects without a parent, which is not stored and cannot be changed. */
export const TOP_COLLECTION = { name: 'UofT', label: 'University of Toronto Libraries' };
