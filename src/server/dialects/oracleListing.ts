import { refuse } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Calls, DialectReply, DialectRequest } from './dialect.ts';
import { flag, type Item, known, type Page, shown } from './oracleWire.ts';
import { ok, pick } from './words.ts';

/* The parameters of Oracle's lists: search, order, page, and which fields are shown. */

const FIELDS = ['id', 'name', 'type', 'parentId', 'owner', 'description', 'lastModified'];
const SORTED_BY = ['name', 'type', 'owner', 'lastModified', 'id'];

const SHOWN = {
  fields: `Only these of ${FIELDS.join(', ')}, separated by commas.`,
  excludedFields: 'All fields but these.',
};
export const SEARCH = {
  search: 'A part of the name; with * or ? in it, the whole name.',
  limit: 'How many items an answer has, up to 10000; 100 by default.',
  page: 'The number of the page, from 1.',
  sortBy: `${SORTED_BY.slice(0, -1).join(', ')} or ${SORTED_BY.at(-1)}; name by default.`,
  sortOrder: 'ASC or DESC.',
  manageContent: 'true: all content, which only administrators may manage.',
  ...SHOWN,
};
export const OF_TYPE = { type: 'Only items of this type.' };

/** The search, the order and the page. @throws invalid_params */
export function listing(request: DialectRequest): Fields {
  const { query } = request;
  // Unknown fields are refused before the search.
  fieldsIn(request);
  flag(request, 'manageContent');
  const number = (name: string) => {
    const text = query.get(name);
    if (text === null) return {};
    if (!/^[1-9]\d{0,4}$/.test(text)) throw refuse('invalid_params', `${name} must be a whole number of at least 1`);
    return { [name]: Number(text) };
  };
  const [search, sortBy, order] = [query.get('search'), query.get('sortBy'), query.get('sortOrder') ?? 'ASC'];
  if (order !== 'ASC' && order !== 'DESC') throw refuse('invalid_params', 'sortOrder must be ASC or DESC');
  if (sortBy !== null && !SORTED_BY.includes(sortBy)) throw refuse('invalid_params', `sortBy must be ${SEARCH.sortBy}`);
  return {
    ...(search === null ? {} : { search }),
    ...number('limit'),
    ...number('page'),
    ...(sortBy === null ? {} : { sortBy }),
    ...(order === 'DESC' ? { descending: true } : {}),
  };
}

/** @throws catalog_type_unknown */
export function typeParam({ query }: DialectRequest): Fields {
  const type = query.get('type');
  return type === null ? {} : { type: known(type) };
}

/** The fields of items that are shown. @throws invalid_params */
function fieldsIn({ query }: DialectRequest): readonly string[] {
  const named = (name: string) => {
    const names = (query.get(name) ?? '').split(',').map((field) => field.trim());
    const given = names.filter((field) => field !== '');
    const unknown = given.find((field) => !FIELDS.includes(field));
    if (unknown === undefined) return given;
    throw refuse('invalid_params', `${name} names ${cutToCharacters(unknown, 100)}; there are ${FIELDS.join(', ')}`);
  };
  const [wanted, excluded] = [named('fields'), named('excludedFields')];
  return (wanted.length === 0 ? FIELDS : wanted).filter((field) => !excluded.includes(field));
}

/** An item with the requested fields. @throws invalid_params */
export const itemShown = (item: Item, request: DialectRequest): DialectReply =>
  ok(pick(shown(item), fieldsIn(request)));

export function paged({ items, page, pages }: Page, request: DialectRequest): DialectReply {
  const fields = fieldsIn(request);
  return {
    status: 200,
    headers: {
      'oa-current-page': String(page),
      'oa-page-count': String(pages),
      ...(page < pages ? { 'oa-next-page': String(page + 1) } : {}),
    },
    body: items.map((item) => pick(shown(item), fields)),
  };
}

export const searches = ({ query }: DialectRequest): boolean => query.has('search');

export const manages = ({ query }: DialectRequest): boolean => query.get('manageContent') === 'true';

/** With `manageContent` the command is called, which only administrators may do. */
export const managing = (request: DialectRequest, command: string): Calls | undefined =>
  manages(request) ? { command } : undefined;
