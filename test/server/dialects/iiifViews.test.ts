import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, jwt, newAdmin, newStaff } from './iiifStaff.ts';
import { openPortal, type Portal } from './portal.ts';

/** What objects show of their children: without hidden ones, in the order of each parent, by their own names. */

let portal: Portal;
let al: Account;
beforeAll(async () => {
  portal = await openPortal();
  al = await newStaff(portal, await newAdmin(portal, 'adm'), 'al');
});
afterAll(() => portal[Symbol.asyncDispose]());

let count = 0;
const fresh = () => `book${++count}`;
const write = async (verb: string, path: string, body?: unknown) =>
  portal.ask(verb, path, { ...(body === undefined ? {} : { body }), ...jwt(al.token) });
const view = async (path: string) => (await portal.ask('GET', path)).body;

type Shown = Readonly<Record<string, unknown>>;
/** The last segments of the `@id`s in a list; for a manifest its identifier. */
const names = (list: unknown) =>
  ((list ?? []) as readonly Shown[]).map((object) => {
    const segments = String(object['@id']).split('/');
    return segments.at(-1) === 'manifest' ? segments.at(-2) : segments.at(-1);
  });

describe('a hidden object', () => {
  it('is left out of all views of its parents, shown by itself, and back when it is visible again', async () => {
    const b = fresh();
    const manifest = {
      sequences: [
        {
          '@id': 'x/sequence/s1',
          canvases: [
            {
              '@id': 'x/canvas/c1',
              images: ['a1', 'a2'].map((name) => ({ '@id': `x/annotation/${name}` })),
              otherContent: ['l1', 'l2'].map((name) => ({
                '@id': `x/list/${name}`,
                resources: [`x/annotation/${name}r`, 'x/annotation/r'],
              })),
            },
            { '@id': 'x/canvas/c2' },
          ],
        },
        { '@id': 'x/sequence/s2' },
      ],
      structures: [
        { '@id': 'x/range/r1', canvases: ['x/canvas/c1', 'x/canvas/c2'], ranges: ['x/range/r2'] },
        { '@id': 'x/range/r2' },
      ],
    };
    expect((await write('POST', `/${b}/manifest`, { manifest })).status).toBe(201);
    const whole = () => view(`/${b}/manifest`);
    const sequence = async () => (await whole()).sequences[0];
    const canvas = async () => (await sequence()).canvases[0];
    const lists: readonly (readonly [type: string, name: string, shown: () => Promise<unknown>])[] = [
      ['sequence', 's2', async () => (await whole()).sequences],
      ['range', 'r2', async () => (await whole()).structures],
      ['range', 'r2', async () => (await whole()).structures[0].members],
      ['range', 'r2', async () => (await view(`/${b}/range/r1`)).members],
      ['canvas', 'c2', async () => (await sequence()).canvases],
      ['canvas', 'c2', async () => (await view(`/${b}/sequence/s1`)).canvases],
      ['canvas', 'c2', async () => (await whole()).structures[0].members],
      ['annotation', 'a1', async () => (await canvas()).images],
      ['annotation', 'a1', async () => (await view(`/${b}/canvas/c1`)).images],
      ['list', 'l2', async () => (await canvas()).otherContent],
      ['list', 'l2', async () => (await view(`/${b}/canvas/c1`)).otherContent],
      ['annotation', 'r', async () => (await view(`/${b}/list/l1`)).resources],
      ['annotation', 'r', async () => (await view(`/${b}/list/l2`)).resources],
    ];
    const hide = async (type: string, name: string, hidden: boolean) => {
      const key = type === 'list' ? 'annotationList' : type;
      expect((await write('PUT', `/${b}/${type}/${name}`, { [key]: { hidden } })).status).toBe(200);
    };
    for (const [type, name, shown] of lists) {
      const before = names(await shown());
      expect([name, before.includes(name)]).toEqual([name, true]);
      await hide(type, name, true);
      expect([name, names(await shown())]).toEqual([name, before.filter((other) => other !== name)]);
      const itself = await portal.ask('GET', `/${b}/${type}/${name}`);
      expect([itself.status, itself.body.hidden]).toEqual([200, undefined]);
      await hide(type, name, false);
      expect(names(await shown())).toEqual(before);
    }
  });

  it('is left out of collections and of the top level, also if it was hidden from the start', async () => {
    const [shelf, inner, book, secret] = [fresh(), fresh(), fresh(), fresh()];
    const collection = {
      '@id': `x/collections/${shelf}`,
      collections: [{ '@id': `x/collections/${inner}` }],
      manifests: [{ '@id': `x/${book}/manifest` }, { '@id': `x/${secret}/manifest`, hidden: true }],
    };
    await write('POST', '/collections', { collection });
    const shown = async () => {
      const { collections, manifests, total } = await view(`/collections/${shelf}`);
      return [names(collections), names(manifests), total];
    };
    expect(await shown()).toEqual([[inner], [book], 2]);
    await write('PUT', `/collections/${inner}`, { collection: { hidden: true } });
    await write('PUT', `/${book}/manifest`, { manifest: { hidden: true } });
    expect(await shown()).toEqual([[], [], undefined]);
    for (const path of [`/collections/${inner}`, `/${book}/manifest`, `/${secret}/manifest`]) {
      expect((await portal.ask('GET', path)).status).toBe(200);
    }
    const top = async () => names((await view('/collections')).collections);
    expect(await top()).toContain(shelf);
    await write('PUT', `/collections/${shelf}`, { collection: { hidden: true } });
    expect(await top()).not.toContain(shelf);
  });
});

describe('the order of children with several parents', () => {
  it('is for each parent the one that was sent', async () => {
    const b = fresh();
    const ids = (type: string, all: readonly string[]) => all.map((name) => `x/${type}/${name}`);
    const manifest = {
      sequences: [
        { '@id': 'x/sequence/s1', canvases: ids('canvas', ['c1', 'c2', 'c3']) },
        { '@id': 'x/sequence/s2', canvases: ids('canvas', ['c3', 'c1', 'c2']) },
      ],
      structures: [
        { '@id': 'x/range/top', ranges: ids('range', ['ch2', 'ch3', 'ch1']) },
        { '@id': 'x/range/ch1', canvases: ids('canvas', ['c2', 'c1']) },
        {
          '@id': 'x/range/ch2',
          members: [
            { '@id': 'x/canvas/c3', '@type': 'sc:Canvas' },
            { '@id': 'x/range/ch1', '@type': 'sc:Range' },
          ],
        },
        { '@id': 'x/range/ch3', ranges: ids('range', ['ch1']), canvases: ids('canvas', ['c3', 'c2']) },
      ],
    };
    await write('POST', `/${b}/manifest`, { manifest });
    const check = async () => {
      const { structures } = await view(`/${b}/manifest`);
      expect(names(structures)).toEqual(['top', 'ch1', 'ch2', 'ch3']);
      expect((structures as Shown[]).map(({ members }) => names(members))).toEqual([
        ['ch2', 'ch3', 'ch1'],
        ['c2', 'c1'],
        ['c3', 'ch1'],
        ['c3', 'c2', 'ch1'],
      ]);
      expect(names((await view(`/${b}/sequence/s1`)).canvases)).toEqual(['c1', 'c2', 'c3']);
      expect(names((await view(`/${b}/sequence/s2`)).canvases)).toEqual(['c3', 'c1', 'c2']);
    };
    await check();
    await write('PUT', `/${b}/range/ch1`, { range: { label: 'Chapter 1' } });
    await check();
    const turned = { '@id': 'x/sequence/s2', canvases: ids('canvas', ['c2', 'c3', 'c1']) };
    await write('PUT', `/${b}/manifest`, { manifest: { sequences: [turned] } });
    expect(names((await view(`/${b}/sequence/s2`)).canvases)).toEqual(['c2', 'c3', 'c1']);
    expect(names((await view(`/${b}/sequence/s1`)).canvases)).toEqual(['c1', 'c2', 'c3']);
  });

  it('is independent for each collection of a manifest', async () => {
    const books = [fresh(), fresh(), fresh()];
    const [one, two] = [fresh(), fresh()];
    const shelf = (name: string, order: readonly number[]) => ({
      '@id': `x/collections/${name}`,
      manifests: order.map((i) => ({ '@id': `x/${books[i]}/manifest`, label: books[i] })),
    });
    await write('POST', '/collections', { collection: shelf(one, [0, 1, 2]) });
    await write('POST', '/collections', { collection: shelf(two, [2, 0, 1]) });
    expect(names((await view(`/collections/${one}`)).manifests)).toEqual(books);
    expect(names((await view(`/collections/${two}`)).manifests)).toEqual([books[2], books[0], books[1]]);
  });
});

describe('a layer', () => {
  it('shows the lists of its otherContent in short form, with those that a PUT adds', async () => {
    const b = fresh();
    const otherContent = [`x/${b}/list/l1`, { '@id': `x/${b}/list/l2`, label: 'Two', resources: [{ label: 'kept' }] }];
    const layer = { '@id': `x/${b}/layer/l`, label: 'Transcription', otherContent };
    expect((await write('POST', `/${b}/layer`, { layer })).status).toBe(201);
    expect(await view(`/${b}/layer/l`)).toEqual({
      '@context': 'http://iiif.io/api/presentation/2/context.json',
      '@id': `${portal.url}/${b}/layer/l`,
      '@type': 'sc:Layer',
      label: 'Transcription',
      otherContent: [
        { '@id': `${portal.url}/${b}/list/l1`, '@type': 'sc:AnnotationList' },
        { '@id': `${portal.url}/${b}/list/l2`, '@type': 'sc:AnnotationList', label: 'Two' },
      ],
    });
    expect((await view(`/${b}/list/l2`)).resources).toHaveLength(1);
    await write('PUT', `/${b}/layer/l`, { layer: { otherContent: [`x/${b}/list/l3`] } });
    expect(names((await view(`/${b}/layer/l`)).otherContent).toSorted()).toEqual(['l1', 'l2', 'l3']);
    await write('PUT', `/${b}/list/l1`, { annotationList: { hidden: true } });
    expect(names((await view(`/${b}/layer/l`)).otherContent).toSorted()).toEqual(['l2', 'l3']);
    const without = await write('POST', `/${b}/layer`, { layer: { otherContent: 'x' } });
    expect([without.status, without.body.responseBody.error]).toEqual([422, 'otherContent must be a list.']);
  });
});

describe('a PUT with another @id', () => {
  it('gives the object that identifier and name, and keeps its content', async () => {
    const [b, other] = [fresh(), fresh()];
    await write('POST', `/${b}/manifest`, {
      manifest: { label: 'Book', sequences: [{ '@id': 'x/sequence/s', canvases: [{ '@id': 'x/canvas/c' }] }] },
    });
    const renamed = await write('PUT', `/${b}/manifest`, {
      manifest: { '@id': `https://h.example.org/v/${other}/manifest` },
    });
    expect([renamed.status, renamed.body.responseBody]).toEqual([
      200,
      { '@id': `${portal.url}/${other}/manifest`, '@type': 'sc:Manifest' },
    ]);
    expect((await portal.ask('GET', `/${b}/manifest`)).status).toBe(404);
    const book = await view(`/${other}/manifest`);
    expect([book.label, names(book.sequences)]).toEqual(['Book', ['s']]);
    const canvas = await write('PUT', `/${b}/canvas/c`, { canvas: { '@id': `x/${other}/canvas/d`, label: 'D' } });
    expect([canvas.status, canvas.body.responseBody['@id']]).toEqual([200, `${portal.url}/${other}/canvas/d`]);
    expect((await portal.ask('GET', `/${b}/canvas/c`)).status).toBe(404);
    expect(names((await view(`/${b}/sequence/s`)).canvases)).toEqual(['d']);
    expect((await write('POST', `/${b}/manifest`, { manifest: {} })).status).toBe(201);
  });

  it('can be sent with the content as it was read, which stays the same', async () => {
    const [b, other] = [fresh(), fresh()];
    const canvases = ['c1', 'c2'].map((name) => ({
      ...{ '@id': `x/canvas/${name}`, images: [{ '@id': `x/annotation/i-${name}` }] },
      otherContent: [{ '@id': `x/list/l-${name}` }],
    }));
    const sequences = [{ '@id': 'x/sequence/s', canvases }];
    const structures = [{ '@id': 'x/range/r', canvases: ['x/canvas/c1'] }];
    await write('POST', `/${b}/manifest`, { manifest: { label: 'Book', sequences, structures } });
    const read = await view(`/${b}/manifest`);
    const atId = `${portal.url}/${other}/manifest`;
    const sent = await write('PUT', `/${b}/manifest`, { manifest: { ...read, '@id': atId } });
    expect(sent.status).toBe(200);
    expect(await view(`/${other}/manifest`)).toEqual({ ...read, '@id': atId });
    for (const type of ['sequence', 'canvas', 'annotation', 'list', 'range']) {
      expect((await portal.ask('GET', `/${other}/${type}`)).status).toBe(404);
    }
    // The @id of a part may mean its own object, or one of another book.
    const own = { '@id': 'x/canvas/c1', label: 'Own' };
    await write('POST', `/${other}/canvas`, { canvas: { '@id': `x/${other}/canvas/c1` } });
    await write('PUT', `/${b}/sequence/s`, { sequence: { canvases: [own, { '@id': `x/${other}/canvas/c1` }] } });
    expect(names((await view(`/${b}/sequence/s`)).canvases)).toHaveLength(3);
    expect((await view(`/${b}/canvas/c1`)).label).toBe('Own');
    // The parts of a new object have its identifier, as in a POST.
    const added = { '@id': 'x/sequence/added', canvases: [{ '@id': `x/${b}/canvas/c2` }] };
    await write('PUT', `/${other}/manifest`, { manifest: { sequences: [added] } });
    expect((await view(`/${other}/sequence/added`)).canvases[0]['@id']).toBe(`${portal.url}/${other}/canvas/c2`);
  });

  it('is refused if the @id is taken, and changes nothing', async () => {
    const [b, other] = [fresh(), fresh()];
    for (const name of [b, other]) await write('POST', `/${name}/manifest`, { manifest: { label: name } });
    const { status, body } = await write('PUT', `/${b}/manifest`, {
      manifest: { '@id': `x/${other}/manifest`, label: 'New' },
    });
    const unique = ['This field must be unique.'];
    expect([status, body.responseBody.error]).toEqual([422, { '@id': unique, identifier: unique }]);
    expect([(await view(`/${b}/manifest`)).label, (await view(`/${other}/manifest`)).label]).toEqual([b, other]);
  });
});
