import { JsonStream, listPieces, objectPieces } from '../json/jsonStream.ts';
import { byKey, objectText, type TextEntry } from '../json/sparse.ts';
import { ChildPages, childrenOfEach } from '../resources/children.ts';
import type { Resource } from '../resources/resource.ts';
import type { Reader } from '../store/collection.ts';
import { ownEntries, ownText, shortFields, shortText } from './forms.ts';
import type { IiifType } from './kinds.ts';
import { parts, readWhole, type ShownObject } from './objects.ts';
import { inTurns } from './turns.ts';

/** One item of a list or several: their JSON text, or pieces of it where it may be long. */
type Item = string | AsyncIterable<string>;
type Items = AsyncIterable<Item>;
type Entry = readonly [key: string, value: string | (() => AsyncIterable<string>)];
/** An object whose data was left out if it is long. */
type Listed = Pick<Resource, 'data'>;

const { fields } = parts.shown;

/**
 * An object with what it carries as the Presentation API carries it, as JSON text in pieces: of a manifest of any size
 * only a few hundred objects are in memory at a time, and others get their turn between them.
 */
export function wholeObject(reader: Reader, object: ShownObject, more: readonly TextEntry[]): JsonStream {
  return new JsonStream(inTurns(pieces(reader, object, more)));
}

function pieces(reader: Reader, object: ShownObject, more: readonly TextEntry[] = []): AsyncIterable<string> {
  const below = Object.entries(carried(reader, object)).map(([key, items]): Entry => [key, () => listPieces(items())]);
  return objectPieces([...ownEntries(object), ...more, ...below].sort(byKey));
}

/** The lists that an object carries, by their keys. */
function carried(reader: Reader, { _id, type }: ShownObject): Readonly<Record<string, () => Items>> {
  switch (type as IiifType) {
    case 'manifest':
      return { sequences: () => sequences(reader, _id), structures: () => ranges(reader, _id) };
    case 'sequence':
      return { canvases: () => canvases(reader, _id) };
    case 'canvas':
      return { images: () => withOwn(reader, _id, 'annotation'), otherContent: () => withOwn(reader, _id, 'list') };
    case 'range':
      return { members: () => inShort(reader, _id, ['canvas', 'range']) };
    case 'list':
      return { resources: () => inShort(reader, _id, ['annotation']) };
    default:
      return {};
  }
}

/** The first one whole, the others in their short forms. */
async function* sequences(reader: Reader, manifest: string): Items {
  const pages = new ChildPages(reader, { parent: manifest, type: 'sequence' }, shortFields);
  let first = true;
  yield* itemsOf(pages, (page) => {
    const [whole, ...others] = first ? page : [undefined, ...page];
    first = false;
    const short = joined(others.flatMap((sequence) => (sequence === undefined ? [] : [shortText(sequence)])));
    return whole === undefined ? short : [wholePieces(reader, whole), ...short];
  });
}

/** Each with its annotations and, without what they hold, its lists of annotations. */
function canvases(reader: Reader, sequence: string): Items {
  return itemsOf(new ChildPages(reader, { parent: sequence, type: 'canvas' }, fields), async (page) => {
    const childrenOf = await childrenOfEach(reader, page, ['annotation', 'list'], fields);
    const items = page.map((canvas): Item => {
      const [images, otherContent] = [childrenOf?.(canvas, 'annotation'), childrenOf?.(canvas, 'list')];
      if (!isComplete([canvas]) || !isComplete(images) || !isComplete(otherContent)) return wholePieces(reader, canvas);
      const carried = [...list('images', images.map(ownText)), ...list('otherContent', otherContent.map(ownText))];
      return objectText([...ownEntries(canvas), ...carried]);
    });
    return joined(items);
  });
}

/** Each with the short forms of its members. */
function ranges(reader: Reader, manifest: string): Items {
  return itemsOf(new ChildPages(reader, { parent: manifest, type: 'range' }, fields), async (page) => {
    const childrenOf = await childrenOfEach(reader, page, ['canvas', 'range'], shortFields);
    const items = page.map((range): Item => {
      if (childrenOf === undefined || !isComplete([range])) return wholePieces(reader, range);
      const members = [...childrenOf(range, 'canvas'), ...childrenOf(range, 'range')].map(shortText);
      return objectText([...ownEntries(range), ...list('members', members)]);
    });
    return joined(items);
  });
}

/** Each with what it keeps of itself. */
function withOwn(reader: Reader, parent: string, type: IiifType): Items {
  return itemsOf(new ChildPages(reader, { parent, type }, fields), (page) =>
    joined(page.map((object) => (isComplete([object]) ? ownText(object) : ownPieces(reader, object)))),
  );
}

async function* inShort(reader: Reader, parent: string, types: readonly IiifType[]): Items {
  for (const type of types) {
    yield* itemsOf(new ChildPages(reader, { parent, type }, shortFields), (page) => joined(page.map(shortText)));
  }
}

/** What all pages become; between two of them nothing but text is kept. */
async function* itemsOf<C>(
  pages: { next(): Promise<C[] | undefined> },
  itemsIn: (page: C[]) => readonly Item[] | Promise<readonly Item[]>,
): Items {
  const next = async () => {
    const page = await pages.next();
    return page === undefined ? undefined : itemsIn(page);
  };
  for (let items = await next(); items !== undefined; items = await next()) yield* items;
}

/** The same items, neighbours that are text as one text. */
function joined(items: readonly Item[]): Item[] {
  const result: Item[] = [];
  let texts: string[] = [];
  for (const item of items) {
    if (typeof item === 'string') {
      texts.push(item);
      continue;
    }
    if (texts.length > 0) result.push(texts.join());
    texts = [];
    result.push(item);
  }
  if (texts.length > 0) result.push(texts.join());
  return result;
}

/** Whether these were read, and no long data was left out of any of them. */
function isComplete(objects: readonly Listed[] | undefined): objects is readonly Listed[] {
  return objects?.every(({ data }) => data !== undefined) === true;
}

/** As {@link pieces}, of an object of which more is to be read; what was removed meanwhile is an empty object. */
async function* wholePieces(reader: Reader, { _id }: Pick<ShownObject, '_id'>): AsyncGenerator<string> {
  const object = await readWhole(reader, _id);
  if (object === undefined) yield '{}';
  else yield* pieces(reader, object);
}

async function* ownPieces(reader: Reader, { _id }: Pick<ShownObject, '_id'>): AsyncGenerator<string> {
  const object = await readWhole(reader, _id);
  yield object === undefined ? '{}' : ownText(object);
}

const list = (key: string, texts: readonly string[]): TextEntry[] =>
  texts.length === 0 ? [] : [[key, `[${texts.join()}]`]];
