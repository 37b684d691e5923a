import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../../support/long.ts';
import { openPortal, type Portal } from './portal.ts';

/** "Get catalog items" and related calls: searches, their order, and the fields that are shown. */

const P = '/api/20210901/catalog';
const MANY = LONG ? 12_000 : 300;
/** No list shows more. */
const SHOWN = Math.min(MANY, 10_000);
const row = (i: number) => `row ${String(i).padStart(5, '0')}`;
const encoded = (id: string) => Buffer.from(id).toString('base64url');

interface Item {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly owner: string;
  readonly lastModified: string;
}

let portal: Portal;
const bearer = (user: string) => ({ headers: { authorization: `Bearer ${portal.tokenOf(user)}` } });
const find = async (path: string, user = 'boss') => {
  const reply = await portal.ask('GET', `${P}${path}`, bearer(user));
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  return { ...reply, items: reply.body as Item[], names: (reply.body as Item[]).map(({ name }) => name) };
};
const ask = (path: string) => portal.ask('GET', `${P}${path}`, bearer('boss'));
const search = async (text: string, more = '') => (await find(`?search=${encodeURIComponent(text)}${more}`)).names;

/** Names that do not resemble those of {@link MANY}. */
const NAMED = [
  'Sales Q4',
  'Sales 2024 Q4',
  'Sales 2024 Q4 draft',
  'Sales Q3',
  'Big Sales Q4',
  'SALES-Q4',
  'a*b',
  'a?b',
  'axxb',
  'a\\b',
  'Umsätze (Straße) [1] 100%',
  `${'a'.repeat(800)}b${'a'.repeat(10)}c`,
];

beforeAll(async () => {
  portal = await openPortal();
  await portal.meet('boss', 'au', 'zoe');
  const owners = [{ accountType: 'User', owner: 'au' }];
  const make = (type: string, name: string, externalId: string, parents: string[] = [], by = owners) =>
    portal.run('createResource', { type, name, externalId, parents, owners: by });
  const sales = await make('folders', 'Sales', '/@Catalog/shared/Sales');
  for (const name of NAMED) await make('workbooks', name, `/@Catalog/shared/Sales/${name}`, [sales.id]);
  const inner = await make('folders', 'Inner', '/@Catalog/shared/Sales/Inner', [sales.id]);
  await make('reports', 'Deep', '/@Catalog/shared/Sales/Inner/Deep', [inner.id]);
  const board = await make('dashboards', 'Board', '/@Catalog/shared/Sales/Board', [sales.id]);
  await make('dashboardpages', 'Page 1', '/@Catalog/shared/Sales/Board/Page 1', [board.id]);
  await make('models', 'Model', '/@Catalog/shared/Model', [], [{ accountType: 'User', owner: 'zoe' }]);
  // More than any list shows, and stored directly: their order by id is not that of their names.
  const [like] = await portal.database.db.collection('resources').find({ name: 'Sales Q3' }).toArray();
  const many = Array.from({ length: MANY }, (_, i) => ({
    ...like,
    _id: `res-many-${(i * 7919) % MANY}`,
    type: i % 2 === 0 ? 'analysis' : 'reports',
    name: row(i),
    externalId: `/@Catalog/many/${i}`,
    parents: [],
  }));
  await portal.database.db.collection('resources').insertMany(many as never[]);
});
afterAll(() => portal[Symbol.asyncDispose]());

describe('a search', () => {
  it('finds each of many by its name, though no list shows more than 10,000', async () => {
    const wanted = Array.from({ length: 12 }, (_, i) => row(Math.floor((i * MANY) / 12)));
    for (const name of wanted) expect(await search(name)).toEqual([name]);
    const author = await find(`?search=${encodeURIComponent(row(MANY - 1))}`, 'au');
    expect(author.names).toEqual([row(MANY - 1)]);
    const paged = async (query: string) => {
      const { headers, names } = await find(`?search=row&limit=100&${query}`);
      return [headers.get('oa-page-count'), headers.get('oa-next-page'), names.length, names[0], names.at(-1)];
    };
    const pages = String(SHOWN / 100);
    expect(await paged('page=1')).toEqual([pages, '2', 100, row(0), row(99)]);
    expect(await paged(`page=${pages}`)).toEqual([pages, null, 100, row(SHOWN - 100), row(SHOWN - 1)]);
    const last = await paged(`page=${pages}&sortOrder=DESC`);
    expect(last).toEqual([pages, null, 100, row(MANY - SHOWN + 99), row(MANY - SHOWN)]);
    expect(await paged(`page=${SHOWN / 100 + 1}`)).toEqual([pages, null, 0, undefined, undefined]);
  });

  it('without a wildcard finds a part of a name, in any case', async () => {
    expect(await search('sales q4')).toEqual(['Big Sales Q4', 'Sales Q4']);
    expect(await search('UMSÄTZE')).toEqual(['Umsätze (Straße) [1] 100%']);
    expect(await search('(straße) [1] 100%')).toEqual(['Umsätze (Straße) [1] 100%']);
    expect(await search('.')).toEqual([]);
    expect(await search('no such name')).toEqual([]);
  });

  it.each([
    ['Sales*Q4', ['SALES-Q4', 'Sales 2024 Q4', 'Sales Q4']],
    ['Sales?Q4', ['SALES-Q4', 'Sales Q4']],
    ['*Sales*Q4', ['Big Sales Q4', 'SALES-Q4', 'Sales 2024 Q4', 'Sales Q4']],
    ['*s 2024*', ['Sales 2024 Q4', 'Sales 2024 Q4 draft']],
    ['sales 20?? q?', ['Sales 2024 Q4']],
    ['Sales ??', ['Sales Q3', 'Sales Q4']],
    ['?ales', ['Sales']],
    ['Sales*?', ['SALES-Q4', 'Sales 2024 Q4', 'Sales 2024 Q4 draft', 'Sales Q3', 'Sales Q4']],
    ['a\\*b', ['a*b']],
    ['a\\?b', ['a?b']],
    ['a\\\\b', ['a\\b']],
    ['a?b', ['a*b', 'a?b', 'a\\b']],
    ['a*b', ['a*b', 'a?b', 'a\\b', 'axxb']],
    ['ums?tze*', ['Umsätze (Straße) [1] 100%']],
    ['.*', []],
    ['*Q4$', []],
  ])('%s finds %j', async (text, names) => {
    expect(await search(text)).toEqual(names);
  });

  it('is fast for a pattern with which a backtracking search would not end', async () => {
    const hostile = NAMED.at(-1);
    expect(await search(`${'a*'.repeat(90)}c`)).toEqual([hostile]);
    expect(await search(`${'*a'.repeat(90)}`)).toEqual([]);
    expect(await search(`${'*?'.repeat(90)}b*c`)).toEqual([hostile]);
    expect(await search(`${'(a+)+'.repeat(30)}$`)).toEqual([]);
  });

  it('refuses invalid searches, and unknown fields to sort by or to show', async () => {
    for (const query of [
      `search=${'x'.repeat(201)}`,
      'search=a%00b',
      'sortBy=size',
      'sortBy=',
      'sortOrder=asc',
      'fields=id,size',
      'excludedFields=*',
      'manageContent=yes',
    ]) {
      const reply = await portal.ask('GET', `${P}/reports?${query}`, bearer('boss'));
      expect([query, reply.status, reply.body]).toEqual([
        query,
        400,
        { code: 'BAD_REQUEST', message: expect.any(String) },
      ]);
    }
    const type = await portal.ask('GET', `${P}?search=x&type=gadgets`, bearer('boss'));
    expect([type.status, type.body.code]).toEqual([400, 'UNKNOWN_TYPE']);
  });
});

describe('a list', () => {
  it('can be limited to one type, with a search and without', async () => {
    expect((await find('?search=*&type=models')).names).toEqual(['Model']);
    expect((await find('?type=models')).names).toEqual(['Model']);
    expect((await find('?search=sales&type=folders')).names).toEqual(['Sales']);
    expect((await find('/folders?search=s*')).names).toEqual(['Sales']);
  });

  it('is in the requested order', async () => {
    const types = (await find('?search=*&limit=20&sortBy=type&sortOrder=DESC')).items.map(({ type }) => type);
    expect(types).toEqual([...NAMED.map(() => 'workbooks'), ...types.slice(NAMED.length).map(() => 'reports')]);
    expect((await find('?search=*&limit=1&sortBy=type')).items[0]?.type).toBe('analysis');
    const owners = async (query: string) =>
      (await find(`?search=*&limit=3&sortBy=owner${query}`)).items.map(({ owner }) => owner);
    expect(await owners('')).toEqual(['au', 'au', 'au']);
    expect(await owners('&sortOrder=DESC')).toEqual(['zoe', 'au', 'au']);
    await portal.run('updateResource', { type: 'models', externalId: '/@Catalog/shared/Model', name: 'The Model' });
    const recent = await find('?search=*&limit=20&sortBy=lastModified&sortOrder=DESC');
    const times = recent.items.map(({ lastModified }) => lastModified);
    expect([recent.names[0], times]).toEqual(['The Model', [...times].sort().reverse()]);
    const ids = (await find('/workbooks?sortBy=id')).items.map(({ id }) => Buffer.from(id, 'base64url').toString());
    expect(ids).toEqual([...ids].sort());
    // The orders also hold for a user who may not read everything.
    for (const sortBy of ['name', 'type', 'owner', 'lastModified', 'id']) {
      const own = await find(`?search=sales*&sortBy=${sortBy}`, 'au');
      expect(own.items.map(({ id }) => id)).toEqual(
        (await find(`?search=sales*&sortBy=${sortBy}`)).items.map(({ id }) => id),
      );
    }
  });

  it('shows the requested fields, also of an item', async () => {
    const [item] = (await find('?search=Deep&fields=name,owner')).body;
    expect(item).toEqual({ name: 'Deep', owner: 'au' });
    const [other] = (await find('/models?excludedFields=id,lastModified,owner')).body;
    expect(other).toEqual({ name: 'The Model', type: 'models' });
    const id = encoded('/@Catalog/shared/Model');
    expect((await ask(`/models/${id}?fields=id,%20type`)).body).toEqual({ id, type: 'models' });
    expect((await ask(`/models/${id}?fields=id,type&excludedFields=type`)).body).toEqual({ id });
  });

  it('of a folder or a dashboard has what is directly in it', async () => {
    const sales = encoded('/@Catalog/shared/Sales');
    expect((await find(`/folders/${sales}?search=*`)).names).toEqual([...NAMED, 'Inner', 'Board'].sort());
    expect((await find(`/folders/${sales}?search=*`, 'au')).names).toEqual([...NAMED, 'Inner', 'Board'].sort());
    expect((await find(`/folders/${sales}?search=b*&type=dashboards`)).names).toEqual(['Board']);
    expect((await find(`/folders/${sales}?search=deep`)).names).toEqual([]);
    const page = await find(`/folders/${sales}?search=*&limit=10&page=1`);
    expect([page.items.length, page.headers.get('oa-next-page')]).toEqual([10, '2']);
    expect((await find(`/dashboards/${encoded('/@Catalog/shared/Sales/Board')}?search=*`)).names).toEqual(['Page 1']);
    expect((await find(`/models/${encoded('/@Catalog/shared/Model')}?search=*`)).items).toEqual([]);
    // An item that the user may not read counts as missing, as one that does not exist.
    for (const id of [sales, encoded('/@Catalog/shared/Nothing')]) {
      const reply = await portal.ask('GET', `${P}/folders/${id}?search=*`, bearer('zoe'));
      expect([reply.status, reply.body.code]).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('of all content is only for users who may manage it', async () => {
    const id = encoded('/@Catalog/shared/Model');
    for (const path of ['?', '?search=*&', '/models?', `/models/${id}?`, `/folders/${id}?search=*&`]) {
      const asked = (user: string, value: string) =>
        portal.ask('GET', `${P}${path}manageContent=${value}`, bearer(user));
      const refused = await asked('au', 'true');
      expect([path, refused.status, refused.body]).toEqual([
        path,
        403,
        { code: 'FORBIDDEN', message: expect.any(String) },
      ]);
      expect([200, 404]).toContain((await asked('au', 'false')).status);
      if (!path.startsWith('/folders')) expect((await asked('boss', 'true')).status).toBe(200);
    }
  });
});
