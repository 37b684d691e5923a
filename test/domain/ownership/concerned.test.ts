import { describe, expect, it } from 'vitest';
import { concernsOf } from '../../../src/domain/ownership/concerned.ts';
import type { Change } from '../../../src/store/changes.ts';
import type { Reader } from '../../../src/store/collection.ts';

type Documents = Readonly<Record<string, object>>;

/** Reads these documents, by `<collection>/<id>`, and counts the queries. */
function readerOf(documents: Documents) {
  const asked: string[][] = [];
  const parts = async (
    { name }: { readonly name: string },
    { _id: { $in: ids } }: { readonly _id: { $in: string[] } },
  ) => {
    asked.push(ids);
    return ids.flatMap((id) => (documents[`${name}/${id}`] ? [{ _id: id, ...documents[`${name}/${id}`] }] : []));
  };
  return { reader: { parts } as unknown as Reader, asked };
}

const update = (collection: string, id: string, path: string, after: unknown): Change => ({
  ...{ collection, id, op: 'update' },
  fields: [{ path, before: undefined, after }],
});

async function concerned(changes: readonly Change[], documents: Documents = {}, named: [string, string[]?][] = []) {
  const { reader, asked } = readerOf(documents);
  const found = await concernsOf(reader, { changes }, new Map(named as [string, string[] | undefined][]));
  return { found: Object.fromEntries(found.map(({ id, ...rest }) => [id, rest])), asked };
}

describe('an act concerns', () => {
  it('the owners of what it changed, asking once for all', async () => {
    const changes = ['res-1', 'res-2'].map((id) => update('resources', id, 'name', 'x'));
    const documents = { 'resources/res-1': { owners: ['ann'] }, 'resources/res-2': { owners: ['ann', 'bea'] } };
    const { found, asked } = await concerned(changes, documents);
    expect(found).toEqual({
      ann: { resources: ['resources/res-1', 'resources/res-2'] },
      bea: { resources: ['resources/res-2'] },
    });
    expect(asked).toEqual([['res-1', 'res-2']]);
  });

  it('the owners that the call has read, without asking', async () => {
    const changes = [
      update('versions', 'ws1/2/3', 'adminMeta[k]', { key: 'k' }),
      update('workspaces', 'ws1', 'name', 'x'),
    ];
    const { found, asked } = await concerned(changes, {}, [['workspaces/ws1', ['ann']]]);
    expect(found).toEqual({ ann: { resources: ['workspaces/ws1', 'versions/ws1/2/3'] } });
    expect(asked).toEqual([]);
  });

  it('the owners of what is above, where something has none', async () => {
    const documents = {
      'resources/canvas': { owners: [], parents: ['sequence'] },
      'resources/sequence': { owners: [], parents: ['manifest'] },
      'resources/manifest': { owners: ['keeper'], parents: ['top'] },
      'resources/top': { owners: ['somebody else'] },
    };
    const { found } = await concerned([update('resources', 'canvas', 'data', '{}')], documents);
    expect(found).toEqual({ keeper: { resources: ['resources/canvas'] } });
    const removed: Change = {
      collection: 'resources',
      id: 'gone',
      op: 'remove',
      before: { owners: [], parents: ['sequence'] },
    };
    expect((await concerned([removed], documents)).found).toEqual({ keeper: { resources: ['resources/gone'] } });
  });

  it('nobody for ever, where parents go round in a circle', async () => {
    const documents = { 'resources/a': { owners: [], parents: ['b'] }, 'resources/b': { owners: [], parents: ['a'] } };
    expect((await concerned([update('resources', 'a', 'name', 'x')], documents)).found).toEqual({});
  });

  it('those whose rights it changed, and those whom a limit of an administrator names', async () => {
    const { found } = await concerned([
      update('workspaces', 'ws1', 'grants[bea]', { principal: 'bea', level: 'read' }),
      update('roles', 'role-1', 'members[cec]', { principal: 'cec' }),
      update('roster', 'roster', 'admins[dan]', { principal: 'dan', as: ['eve'], addedBy: 'boss' }),
      { collection: 'friends', id: 'f', op: 'insert', after: { pair: ['fay', 'gus'], agreed: ['fay'] } },
    ]);
    expect(Object.keys(found).toSorted()).toEqual(['bea', 'cec', 'dan', 'eve', 'fay', 'gus', 'role-1']);
  });

  it('the giver and the receiver of a job that is paused', async () => {
    const documents = { 'jobs/j': { from: { id: 'ann', name: 'Ann' }, to: { id: 'role-1', name: 'curators' } } };
    const { found } = await concerned([update('jobs', 'j', 'state', 'paused')], documents);
    expect(found).toEqual({ ann: { resources: ['jobs/j'] }, 'role-1': { resources: ['jobs/j'] } });
  });

  it('both owners, before and after', async () => {
    const fields = [{ path: 'owners', before: ['ann'], after: ['bea'] }];
    const { found, asked } = await concerned([{ collection: 'workspaces', id: 'ws1', op: 'update', fields }]);
    expect(Object.keys(found)).toEqual(['ann', 'bea']);
    expect(asked).toEqual([]);
  });

  it('somebody in more than a record lists, which says how many more', async () => {
    const changes = Array.from({ length: 130 }, (_, i) => update('resources', `res-${i}`, 'owners', ['ann']));
    const { found } = await concerned(changes);
    expect(found.ann?.resources).toHaveLength(100);
    expect(found.ann).toMatchObject({ more: 30 });
  });
});
