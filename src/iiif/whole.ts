import { JsonStream, listPieces, objectPieces } from '../json/jsonStream.ts';
import { byKey, objectText, type TextEntry } from '../json/sparse.ts';
import { childrenInOrder, childrenOfEach, groupsInOrder } from '../resources/children.ts';
import { readResources } from '../resources/reference.ts';
import type { Reader } from '../store/collection.ts';
import { ownEntries, ownText, shortFields, shortText } from './forms.ts';
import type { IiifType } from './kinds.ts';
import { parts, type ShownObject } from './objects.ts';

/** One item of a list: its JSON text, or pieces of it where it may be long. */
type Item = string | AsyncIterable<string>;
type Items = AsyncIterable<Item>;
type Entry = readonly [key: string, value: string | (() => AsyncIterable<string>)];

const { fields: shownFields } = parts.shown;

/**
 * An object with what it carries as the Presentation API carries it, as JSON text in pieces: of a manifest of any size
 * only a few hundred objects are in memory at a time, and others get their turn between them.
 */
export function wholeObject(reader: Reader, object: ShownObject, more: readonly TextEntry[]): JsonStream {
  return new JsonStream(pieces(reader, object, more));
}

function pieces(reader: Reader, object: ShownObject, more: readonly TextEntry[] = []): AsyncIterable<string> {
  const below = Object.entries(carried(reader, object)).map(([key, items]): Entry => [key, () => listPieces(items())]);
  return objectPieces([...ownEntries(object), ...more, ...below].sort(byKey));
}

/** The lists that an object carries, by their keys. */
function carried(reader: Reader, object: ShownObject): Readonly<Record<string, () => Items>> {
  const { _id } = object;
  switch (object.type as IiifType) {
    case 'manifest':
      return { sequences: () => sequences(reader, _id), structures: () => ranges(reader, _id) };
    case 'sequence':
      return { canvases: () => canvases(reader, _id) };
    case 'canvas':
      return { images: () => owns(reader, _id, 'annotation'), otherContent: () => owns(reader, _id, 'list') };
    case 'range':
      return { members: () => shorts(reader, _id, ['canvas', 'range']) };
    case 'list':
      return { resources: () => shorts(reader, _id, ['annotation']) };
    default:
      return {};
  }
}

/** The first one whole, the others in their short forms. */
async function* sequences(reader: Reader, manifest: string): Items {
  let first = true;
  for await (const page of childrenInOrder(reader, manifest, 'sequence', shortFields)) {
    for (const sequence of page) {
      const [whole] = first ? await readResources(reader, [sequence._id], parts.shown) : [];
      yield whole === undefined ? shortText(sequence) : pieces(reader, whole);
      first = false;
    }
  }
}

/** Each with its annotations and, without what they hold, its lists of annotations. */
async function* canvases(reader: Reader, sequence: string): Items {
  for await (const group of groupsInOrder(reader, sequence, 'canvas', shownFields)) {
    const childrenOf = await childrenOfEach(reader, group, ['annotation', 'list'], shownFields);
    for (const canvas of group) {
      const below = (type: IiifType) => childrenOf?.(canvas, type).map(ownText) ?? [];
      yield childrenOf === undefined
        ? pieces(reader, canvas)
        : objectText([
            ...ownEntries(canvas),
            ...list('images', below('annotation')),
            ...list('otherContent', below('list')),
          ]);
    }
  }
}

/** Each with the short forms of its members. */
async function* ranges(reader: Reader, manifest: string): Items {
  for await (const group of groupsInOrder(reader, manifest, 'range', shownFields)) {
    const childrenOf = await childrenOfEach(reader, group, ['canvas', 'range'], shortFields);
    for (const range of group) {
      const members = [...(childrenOf?.(range, 'canvas') ?? []), ...(childrenOf?.(range, 'range') ?? [])];
      yield childrenOf === undefined
        ? pieces(reader, range)
        : objectText([...ownEntries(range), ...list('members', members.map(shortText))]);
    }
  }
}

async function* owns(reader: Reader, parent: string, type: IiifType): Items {
  for await (const group of groupsInOrder(reader, parent, type, shownFields)) yield* group.map(ownText);
}

async function* shorts(reader: Reader, parent: string, types: readonly IiifType[]): Items {
  for (const type of types) {
    for await (const page of childrenInOrder(reader, parent, type, shortFields)) yield* page.map(shortText);
  }
}

const list = (key: string, texts: readonly string[]): TextEntry[] =>
  texts.length === 0 ? [] : [[key, `[${texts.join()}]`]];
