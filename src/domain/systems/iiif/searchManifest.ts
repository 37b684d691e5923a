import { refuse } from '../../../base/errors.ts';
import { JsonStream } from '../../../base/json/jsonStream.ts';
import { objectText, type TextEntry } from '../../../base/json/sparse.ts';
import { ChildPages, childrenOfEach } from '../../resources/children.ts';
import { CONTEXT } from './context.ts';
import { ownEntries, shortFields } from './forms.ts';
import { kinds } from './kinds.ts';
import { existing, fieldsOf, parts, readWhole, type ShownObject } from './objects.ts';
import { inTurns } from './turns.ts';
import type { Source } from './whole.ts';

export interface ManifestQuestion {
  readonly identifier: string;
  /** Words and URIs, separated by spaces. */
  readonly q?: string;
  readonly motivation?: string;
  /** The query string of the request, for the `@id` of the answer. */
  readonly asked: string;
}

const { fields } = parts.shown;
const MAX_TERMS = 50;
/** About how many characters are sent at a time. */
const PIECE = 64 * 1024;

/**
 * The annotations of a manifest whose text (`resource.chars`) contains any of the words, ignoring case, or whose body
 * has any of the URIs, as a list of annotations: in the order of the manifest, each once, without hidden ones. They are
 * those on the canvases of its sequences and ranges, and in the lists of these canvases.
 *
 * @throws iiif_invalid without `q`; iiif_object_missing
 */
export async function searchManifest(
  source: Source,
  { identifier, q, motivation, asked }: ManifestQuestion,
): Promise<JsonStream> {
  const terms = [...new Set((q ?? '').toLowerCase().split(/\s+/))].filter((term) => term !== '');
  if (terms.length === 0) throw refuse('iiif_invalid', "The parameter 'q' is required.");
  if (terms.length > MAX_TERMS) throw refuse('iiif_invalid', `The parameter 'q' may have at most ${MAX_TERMS} words.`);
  const manifest = await existing(source.reader, { type: 'manifest', identifier }, 'shown');
  const head = {
    '@context': CONTEXT,
    '@id': `${source.base}/${identifier}/manifest/search/?${asked}`,
    '@type': kinds.list.atType,
  };
  const wanted = motivation?.toLowerCase();
  return new JsonStream(
    inTurns(
      pieces(
        head,
        matches(source, manifest, (annotation) => fits(annotation, terms, wanted)),
      ),
    ),
  );
}

/** The answer in pieces: one whenever some canvases were checked, so that other calls get a turn. */
async function* pieces(head: Fields, found: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1);
  let separator = ',"resources":[';
  for await (const texts of found) {
    yield texts.length === 0 ? '' : separator + texts.join();
    if (texts.length > 0) separator = ',';
  }
  yield separator === ',' ? ']}' : '}';
}

function fits(annotation: ShownObject, terms: readonly string[], motivation: string | undefined): boolean {
  const { resource, motivation: own } = fieldsOf(annotation);
  const motivations = JSON.stringify(own ?? '').toLowerCase();
  if (motivation !== undefined && !motivations.includes(motivation)) return false;
  const bodies = (Array.isArray(resource) ? resource : [resource]).filter(isObject);
  return bodies.some((body) => {
    const [chars, uri] = [textOf(body.chars), textOf(body['@id'])];
    return terms.some((term) => chars.includes(term) || uri === term);
  });
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => value !== null && typeof value === 'object';
const textOf = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

/** The texts of the matching annotations, some at a time and sometimes none. */
async function* matches(
  source: Source,
  manifest: ShownObject,
  isMatch: (annotation: ShownObject) => boolean,
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  const context: TextEntry = ['@context', JSON.stringify(CONTEXT)];
  for await (const canvases of canvasesOf(source, manifest._id, seen)) {
    let texts: string[] = [];
    let characters = 0;
    for await (const annotation of annotationsOn(source, canvases, seen)) {
      if (!isMatch(annotation)) continue;
      const text = objectText([...ownEntries(source.base, annotation), context]);
      texts.push(text);
      characters += text.length;
      if (characters < PIECE) continue;
      yield texts;
      [texts, characters] = [[], 0];
    }
    yield texts;
  }
}

type Ids = readonly Pick<ShownObject, '_id'>[];

/** The canvases of a manifest's sequences, then of its ranges, each once, some at a time. */
async function* canvasesOf(source: Source, manifest: string, seen: Set<string>): AsyncGenerator<Ids> {
  const parents = [manifest];
  for (const parent of parents) {
    for (const types of [['sequence'], ['canvas', 'range']]) {
      const pages = new ChildPages(source.reader, { parent, types }, shortFields);
      for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
        const fresh = page.filter(({ _id }) => !seen.has(_id));
        for (const { _id } of fresh) seen.add(_id);
        parents.push(...fresh.filter(({ type }) => type !== 'canvas').map(({ _id }) => _id));
        yield fresh.filter(({ type }) => type === 'canvas');
      }
    }
  }
}

/** The whole annotations on these canvases and in the lists of each, each once. */
async function* annotationsOn(source: Source, parents: Ids, seen: Set<string>): AsyncGenerator<ShownObject> {
  const types = ['annotation', 'list'];
  const together = await childrenOfEach(source.reader, parents, { types, fields });
  for (const parent of parents) {
    const pages =
      together === undefined ? new ChildPages(source.reader, { parent: parent._id, types }, fields) : undefined;
    let page = together === undefined ? await pages?.next() : together(parent, types);
    for (; page !== undefined; page = await pages?.next()) {
      const fresh: readonly ShownObject[] = page.filter(({ _id }) => !seen.has(_id));
      for (const { _id } of fresh) seen.add(_id);
      for (const child of fresh.filter(({ type }) => type === 'annotation')) {
        const whole = child.data === undefined ? await readWhole(source.reader, child._id) : child;
        if (whole !== undefined) yield whole;
      }
      const lists = fresh.filter(({ type }) => type === 'list');
      if (lists.length > 0) yield* annotationsOn(source, lists, seen);
    }
  }
}
