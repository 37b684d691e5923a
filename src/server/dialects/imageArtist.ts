import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Dialect, DialectRequest } from './dialect.ts';
import { isBelow } from './match.ts';
import { aboutRequest, bearer, challenge, listOf, ok, open, shape, statusOf, TEXT } from './words.ts';

/*
 * The two routes of Revvity Image Artist's Datastore API for the datasets of a user who left. Its documentation shows
 * no bodies of answers, so that these are our own.
 */

const DATASETS = ['screen', 'plate', 'measurement'];
/** How Image Artist names an account that was deleted. */
const FORMER = /^(.+)~[0-9a-f]{8}$/s;

interface Moved {
  readonly job: string;
  readonly state: string;
  readonly total: number;
  readonly moved: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Dataset {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly externalId?: string;
  readonly parents: readonly string[];
  readonly owners: readonly { readonly id: string; readonly owner: string }[];
}

const COUNT = { type: 'integer', minimum: 0 };
const NULLABLE_TEXT = { type: ['string', 'null'] };
const DATASET = shape(
  {
    ...{ id: TEXT, type: { type: 'string', enum: DATASETS }, name: TEXT, external_id: TEXT },
    ...{ parent_id: NULLABLE_TEXT, owner_id: NULLABLE_TEXT, owner_name: NULLABLE_TEXT },
  },
  ['id', 'type', 'name', 'parent_id', 'owner_id', 'owner_name'],
);

export const imageArtist: Dialect = {
  system: 'Image Artist',
  security: { name: 'imageArtistToken', scheme: { type: 'http', scheme: 'bearer' } },
  routes: [
    {
      verb: 'PUT',
      path: '/change_owner/{old_owner_id}/{new_owner_id}',
      summary: 'Transfer all datasets of an owner to another; result files and annotations keep the users they name.',
      calls: { command: 'changeOwner' },
      params: ({ path, query }) => {
        assertOnly(query, []);
        return { from: `id:${path.old_owner_id}`, to: `id:${path.new_owner_id}`, types: DATASETS };
      },
      answer: ({ job, state, moved, failed, skipped, total }: Moved, { path }) =>
        ok({
          old_owner_id: path.old_owner_id,
          new_owner_id: path.new_owner_id,
          // A large transfer continues in the background.
          changed: state === 'done' ? moved : total,
          ...(state === 'done' ? {} : { state }),
          ...(failed + skipped === 0 ? {} : { failed, skipped }),
          job,
        }),
      success: {
        status: 200,
        body: shape(
          {
            ...{ old_owner_id: TEXT, new_owner_id: TEXT, job: TEXT, state: TEXT },
            ...{ changed: COUNT, failed: COUNT, skipped: COUNT },
          },
          ['old_owner_id', 'new_owner_id', 'changed', 'job'],
        ),
      },
    },
    {
      verb: 'GET',
      path: '/datasets',
      summary: 'The screens, plates and measurements of an owner, a page at a time.',
      calls: { command: 'listResources', method: 'Resource.list' },
      params: (request) => {
        assertOnly(request.query, ['owner', 'limit', 'cursor']);
        return { owner: `id:${needed(request, 'owner')}`, types: DATASETS, ...paging(request) };
      },
      query: {
        owner: "The owner's id.",
        limit: 'At most this many, up to 1000.',
        cursor: 'The `next` of the previous page.',
      },
      needs: ['owner'],
      answer: ({ resources, next }: { resources: readonly Dataset[]; next?: string }) =>
        ok({ datasets: resources.map(shown), ...defined({ next }) }),
      success: { status: 200, body: shape({ datasets: listOf(DATASET), next: TEXT }, ['datasets']) },
    },
  ],
  credential: bearer,
  refusalShape: open({ detail: TEXT }, ['detail']),
  refusal: (error) => {
    const status = statusOf(error);
    return { status, headers: challenge(status, 'Bearer'), body: { detail: aboutRequest(error.message) } };
  },
  wrongVerb: (_, allowed) => ({
    status: 405,
    headers: { Allow: allowed.join(', ') },
    body: { detail: 'Method Not Allowed' },
  }),
  optionalSlash: true,
  // Image Artist has its Datastore API below this path.
  prefix: '/datastore',
  unknownPaths: {
    owns: isBelow(['', '/datastore'].flatMap((prefix) => [`${prefix}/change_owner`, `${prefix}/datasets`])),
    answer: () => ({ status: 404, body: { detail: 'Not Found' } }),
  },
};

/**
 * Refuses unknown parameters instead of ignoring them: they may be meant to limit what is done. @throws invalid_params
 */
function assertOnly(query: URLSearchParams, known: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  throw refuse('invalid_params', `There is no parameter ${cutToCharacters(unknown, 64)} here: ${there}`);
}

function shown({ id, type, name, externalId, parents, owners: [owner] }: Dataset): Fields {
  const [, former] = FORMER.exec(owner?.owner ?? '') ?? [];
  return {
    id,
    type,
    name,
    ...defined({ external_id: externalId }),
    parent_id: parents[0] ?? null,
    owner_id: owner?.id ?? null,
    owner_name: former === undefined ? (owner?.owner ?? null) : `Deleted (${former})`,
  };
}

/** @throws invalid_params */
function needed({ query }: DialectRequest, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw refuse('invalid_params', `The query needs ${name}`);
  return value;
}

/** @throws invalid_params */
function paging({ query }: DialectRequest): Fields {
  const [limit, cursor] = [query.get('limit'), query.get('cursor')];
  if (limit !== null && !/^\d{1,4}$/.test(limit)) throw refuse('invalid_params', 'limit must be a whole number');
  return { ...(limit !== null && { limit: Number(limit) }), ...(cursor !== null && { cursor }) };
}
