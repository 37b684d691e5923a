import { JsonStream, listPieces, objectPieces } from '../../../base/json/jsonStream.ts';
import { byKey, objectText, type TextEntry } from '../../../base/json/sparse.ts';
import type { Reader } from '../../../store/collection.ts';
import { ChildPages, childrenOfEach } from '../../resources/children.ts';
import type { Resource } from '../../resources/resource.ts';
import { ownEntries, ownText, shortFields, shortText } from './forms.ts';
import type { IiifType } from './kinds.ts';
import { parts, readWhole, type ShownObject } from './objects.ts';
import { inTurns } from './turns.ts';

/** The JSON text of one or several items of a list, or pieces of it if it may be long. */
type Item = string | AsyncIterable<string>;
type Items = AsyncIterable<Item>;
type Entry = readonly [key: string, value: string | (() => AsyncIterable<string>)];
/** An object without its data if that is long. */
type Listed = Pick<Resource, 'data'>;

export interface Source {
  readonly reader: Reader;
  /** Comes before the path in every `@id`. */
  readonly base: string;
}

const { fields } = parts.shown;

/**
 * An object with its parts as in the Presentation API, as JSON text in pieces. Only a few hundred parts are in memory
 * at a time, and other calls get a turn between pieces.
 */
export function wholeObject(source: Source, object: ShownObject, more: readonly TextEntry[]): JsonStream {
  return new JsonStream(inTurns(pieces(source, object, more)));
}

function pieces(source: Source, object: ShownObject, more: readonly TextEntry[] = []): AsyncIterable<string> {
  const below = Object.entries(carried(source, object)).map(([key, items]): Entry => [key, () => listPieces(items())]);
  return objectPieces([...ownEntries(source.base, object), ...more, ...below].sort(byKey));
}

/** The lists of an object's parts, by key. */
function carried(source: Source, { _id, type }: ShownObject): Readonly<Record<string, () => Items>> {
  switch (type as IiifType) {
    case 'manifest':
      return { sequences: () => sequences(source, _id), structures: () => ranges(source, _id) };
    case 'sequence':
      return { canvases: () => canvases(source, _id) };
    case 'canvas':
      return { images: () => withOwn(source, _id, 'annotation'), otherContent: () => withOwn(source, _id, 'list') };
    case 'range':
      return { members: () => inShort(source, _id, ['canvas', 'range']) };
    case 'list':
      return { resources: () => inShort(source, _id, ['annotation']) };
    case 'layer':
      return { otherContent: () => inShort(source, _id, ['list']) };
    default:
      return {};
  }
}

/** The first one is whole, the others are in short form. */
async function* sequences(source: Source, manifest: string): Items {
  const pages = new ChildPages(source.reader, { parent: manifest, types: ['sequence'] }, shortFields);
  let first = true;
  yield* itemsOf(pages, (page) => {
    const [whole, ...others] = first ? page : [undefined, ...page];
    first = false;
    const short = joined(
      others.flatMap((sequence) => (sequence === undefined ? [] : [shortText(source.base, sequence)])),
    );
    return whole === undefined ? short : [wholePieces(source, whole), ...short];
  });
}

/** Each with its annotations and its lists of annotations, which are without their content. */
function canvases(source: Source, sequence: string): Items {
  return itemsOf(new ChildPages(source.reader, { parent: sequence, types: ['canvas'] }, fields), async (page) => {
    const childrenOf = await childrenOfEach(source.reader, page, { types: ['annotation', 'list'], fields });
    const items = page.map((canvas): Item => {
      const [images, otherContent] = [childrenOf?.(canvas, ['annotation']), childrenOf?.(canvas, ['list'])];
      if (!isComplete([canvas]) || !isComplete(images) || !isComplete(otherContent)) return wholePieces(source, canvas);
      const carried = [
        ...list(
          'images',
          images.map((image) => ownText(source.base, image)),
        ),
        ...list(
          'otherContent',
          otherContent.map((list) => ownText(source.base, list)),
        ),
      ];
      return objectText([...ownEntries(source.base, canvas), ...carried]);
    });
    return joined(items);
  });
}

/** Each with the short forms of its members. */
function ranges(source: Source, manifest: string): Items {
  return itemsOf(new ChildPages(source.reader, { parent: manifest, types: ['range'] }, fields), async (page) => {
    const childrenOf = await childrenOfEach(source.reader, page, { types: ['canvas', 'range'], fields: shortFields });
    const items = page.map((range): Item => {
      if (childrenOf === undefined || !isComplete([range])) return wholePieces(source, range);
      const members = childrenOf(range, ['canvas', 'range']).map((member) => shortText(source.base, member));
      return objectText([...ownEntries(source.base, range), ...list('members', members)]);
    });
    return joined(items);
  });
}

/** Each with its own fields. */
function withOwn(source: Source, parent: string, type: IiifType): Items {
  return itemsOf(new ChildPages(source.reader, { parent, types: [type] }, fields), (page) =>
    joined(page.map((object) => (isComplete([object]) ? ownText(source.base, object) : ownPieces(source, object)))),
  );
}

function inShort(source: Source, parent: string, types: readonly IiifType[]): Items {
  return itemsOf(new ChildPages(source.reader, { parent, types }, shortFields), (page) =>
    joined(page.map((object) => shortText(source.base, object))),
  );
}

/** The items of all pages; only text is kept from one to the next. */
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

/** The same items, with adjacent texts joined. */
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

/** Whether these were read, without leaving out long data of any of them. */
function isComplete(objects: readonly Listed[] | undefined): objects is readonly Listed[] {
  return objects?.every(({ data }) => data !== undefined) === true;
}

/** As {@link pieces} for an object that is not read yet; empty if it was removed meanwhile. */
async function* wholePieces(source: Source, { _id }: Pick<ShownObject, '_id'>): AsyncGenerator<string> {
  const object = await readWhole(source.reader, _id);
  if (object === undefined) yield '{}';
  else yield* pieces(source, object);
}

async function* ownPieces(source: Source, { _id }: Pick<ShownObject, '_id'>): AsyncGenerator<string> {
  const object = await readWhole(source.reader, _id);
  yield object === undefined ? '{}' : ownText(source.base, object);
}

const list = (key: string, texts: readonly string[]): TextEntry[] =>
  texts.length === 0 ? [] : [[key, `[${texts.join()}]`]];
