import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { Calls, DialectReply, DialectRequest } from './dialect.ts';
import { flag, type Item, known, type Page, shown } from './oracleWire.ts';
import { type Fields, picked } from './words.ts';

/** What may be asked of Oracle's lists: a search, an order, a page, and which fields are shown. */

const FIELDS = ['id', 'name', 'type', 'parentId', 'owner', 'description', 'lastModified'];
const SORTED_BY = ['name', 'type', 'owner', 'lastModified', 'id'];

const SHOWN = {
  fields: `Only these of ${FIELDS.join(', ')}, separated by commas.`,
  excludedFields: 'All but these.',
};
export const SEARCH = {
  search: 'A part of the name; with * or ? in it, the whole name.',
  limit: 'How many an answer holds, up to 10000; 100 when absent.',
  page: 'Which page, from 1.',
  sortBy: `${SORTED_BY.slice(0, -1).join(', ')} or ${SORTED_BY.at(-1)}; name when absent.`,
  sortOrder: 'ASC or DESC.',
  manageContent: 'true: as who manages all content, which only an administrator may.',
  ...SHOWN,
};
export const OF_TYPE = { type: 'Only items of this type.' };

/** What is searched, in which order, and which page. @throws invalid_params */
export function listing(asked: DialectRequest): Fields {
  const { query } = asked;
  // Nothing is searched for fields that there are not.
  fieldsAsked(asked);
  flag(asked, 'manageContent');
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
export function typeAsked({ query }: DialectRequest): Fields {
  const type = query.get('type');
  return type === null ? {} : { type: known(type) };
}

/** Which of the fields of an item are asked for. @throws invalid_params */
function fieldsAsked({ query }: DialectRequest): readonly string[] {
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

/** An item with the fields asked for. @throws invalid_params */
export const itemShown = (item: Item, asked: DialectRequest): DialectReply => ({
  status: 200,
  body: picked(shown(item), fieldsAsked(asked)),
});

export function paged({ items, page, pages }: Page, asked: DialectRequest): DialectReply {
  const fields = fieldsAsked(asked);
  return {
    status: 200,
    headers: {
      'oa-current-page': String(page),
      'oa-page-count': String(pages),
      ...(page < pages ? { 'oa-next-page': String(page + 1) } : {}),
    },
    body: items.map((item) => picked(shown(item), fields)),
  };
}

export const searches = ({ query }: DialectRequest): boolean => query.has('search');

export const manages = ({ query }: DialectRequest): boolean => query.get('manageContent') === 'true';

/** Only an administrator manages content: who asks to, and may not, is refused. */
export const managing = (asked: DialectRequest, command: string): Calls | undefined =>
  manages(asked) ? { command } : undefined;
