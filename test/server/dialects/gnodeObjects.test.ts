import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GnodePortal, openGnodePortal } from './gnodeUsers.ts';

/** The objects of the G-Node portal, as its Python client of 2013 makes, lists, changes and deletes them. */

let gnode: GnodePortal;
beforeAll(async () => {
  gnode = await openGnodePortal(['bob', 'rea', 'wim', 'xena']);
});
afterAll(() => gnode.portal[Symbol.asyncDispose]());

/** Sends a body as the client does: JSON without a Content-Type. */
const post = (who: string, path: string, body: object) =>
  gnode.raw('POST', path, { body: JSON.stringify(body), headers: { cookie: gnode.cookieOf(who) } });

const namesIn = (body: { selected: readonly { fields: { name: string } }[] }) =>
  body.selected.map(({ fields }) => fields.name).sort();

describe('the client of 2013', () => {
  it('makes an object, shares it, restores its permissions and deletes it', async () => {
    for (const [collection, type] of [
      ['electrophysiology/block', 'block'],
      ['metadata/section', 'section'],
      ['electrophysiology/irregularlysampledsignal', 'irregularlysampledsignal'],
    ] as const) {
      const made = await post('bob', `/${collection}`, { name: 'made', description: null, index: 0 });
      expect([made.status, made.body]).toMatchObject([
        201,
        { message: 'Object created successfully.', message_type: 'object_created', objects_selected: 1 },
      ]);
      const [{ id, location, model, fields }] = made.body.selected;
      expect([location, model]).toEqual([`/${collection}/${id}/`, type]);
      expect(fields).toMatchObject({ name: 'made', index: 0, safety_level: 3, owner: gnode.profileOf('bob') });
      const before = await gnode.acl(location);
      const wanted = { safety_level: 1, shared_with: { rea: 1, wim: 2 } };
      expect((await post('bob', `${location}acl/`, wanted)).body).toMatchObject(wanted);
      expect((await post('bob', `${location}acl/`, before)).body).toMatchObject(before);
      expect(await gnode.acl(location)).toEqual(before);
      const listed = await gnode.as('bob', 'GET', `/${collection}?max_results=5`);
      expect(listed.body.selected.map((object: { id: string }) => object.id)).toEqual([id]);
      expect((await post('bob', location, { name: 'renamed' })).body.selected[0].fields.name).toBe('renamed');
      expect((await gnode.as('bob', 'DELETE', location)).status).toBe(200);
      expect((await gnode.as('bob', 'GET', location)).status).toBe(404);
      const empty = await gnode.as('bob', 'GET', `/${collection}`);
      expect([empty.status, empty.body]).toEqual([
        200,
        {
          ...{ message: 'No objects found.', message_type: 'no_objects_found', logged_in_as: gnode.profileOf('bob') },
          ...{ objects_selected: 0, selected_range: null, selected: [] },
        },
      ]);
    }
  });
});

describe('a new object', () => {
  it('belongs to its maker, whatever the fields say, and is recorded', async () => {
    const fields = { name: 'mine', owner: '/profiles/profile/1', safety_level: 1, shared_with: { xena: 2 }, id: 'X' };
    const { body } = await post('bob', '/electrophysiology/block/', fields);
    const [object] = body.selected;
    expect(object.fields).toMatchObject({ owner: gnode.profileOf('bob'), safety_level: 3, shared_with: {} });
    expect((await gnode.as('xena', 'GET', object.location)).status).toBe(403);
    const record = (await gnode.portal.records()).findLast((r) => r.command === 'Gnode.create_object');
    expect(record).toMatchObject({ via: 'method', authority: 'user', actor: { name: 'bob' }, outcome: 'success' });
  });

  it('is a child of the objects that its fields name, by permalink or id, and moves if they change', async () => {
    const [one, two, group] = [
      await gnode.make('block'),
      await gnode.make('block'),
      await gnode.make('recordingchannelgroup'),
    ];
    const { body } = await post('bob', '/electrophysiology/segment/', { name: 's', block: one.path });
    const [{ location, fields }] = body.selected;
    expect(fields.block).toBe(one.path);
    const moved = await post('bob', location, { block: two.name });
    expect(moved.body.selected[0].fields).toMatchObject({ name: 's', block: two.path });
    const kept = await post('bob', location, { index: 3 });
    expect(kept.body.selected[0].fields).toMatchObject({ index: 3, block: two.path });
    expect((await post('bob', location, { block: null })).body.selected[0].fields.block).toBeNull();
    const channel = await post('bob', '/electrophysiology/recordingchannel/', { recordingchannelgroup: [group.path] });
    expect(channel.body.selected[0].fields).toMatchObject({
      name: 'recordingchannel',
      recordingchannelgroup: [group.path],
    });
    const other = await post('bob', '/electrophysiology/recordingchannel/', { recordingchannelgroup: [group.name] });
    const channels = [channel, other].map(({ body: { selected } }) => selected[0]);
    const above = { recordingchannel: channels.map(({ id }) => id), recordingchannelgroup: group.name };
    const [unit] = (await post('bob', '/electrophysiology/unit/', above)).body.selected;
    expect([...unit.fields.recordingchannel].sort()).toEqual(channels.map(({ location: path }) => path).sort());
    expect(unit.fields.recordingchannelgroup).toBe(group.path);
    expect((await gnode.as('bob', 'DELETE', unit.location)).status).toBe(200);
    const section = await post('bob', '/metadata/section/', { name: 'top' });
    const inner = await post('bob', '/metadata/section/', { name: 'in', parent_section: section.body.selected[0].id });
    expect(inner.body.selected[0].fields.parent_section).toBe(section.body.selected[0].location);
    const nested = await post('bob', '/metadata/property/', { name: 'p', section: section.body.selected[0].id });
    expect(nested.body.selected[0].fields).toMatchObject({ owner: null, section: section.body.selected[0].location });
    // The documentation and the client have different names for this field.
    const otherName = { name: 'p', parent_section: inner.body.selected[0].id };
    const named = (await post('bob', nested.body.selected[0].location, otherName)).body.selected[0].fields;
    const path = inner.body.selected[0].location;
    expect(named).toMatchObject({ section: path, parent_section: path });
  });

  it('cannot be a child of an object that the caller may not write to, or that does not exist', async () => {
    const foreign = await gnode.make('block', 'xena');
    await gnode.setAcl('xena', foreign.path, { safety_level: 1 });
    const own = (await post('bob', '/electrophysiology/segment/', { name: 's' })).body.selected[0].location;
    for (const path of ['/electrophysiology/segment/', own]) {
      const denied = await post('bob', path, { name: 't', block: foreign.path });
      expect([denied.status, denied.body.message_type]).toEqual([403, 'not_authorized']);
      const missing = await post('bob', path, { name: 't', block: 'NOPE' });
      expect([missing.status, missing.body.message_type]).toEqual([404, 'does_not_exist']);
      const wrong = await post('bob', path, { name: 't', block: { id: 1 } });
      expect([wrong.status, wrong.body.message_type]).toEqual([400, 'post_data_invalid']);
      expect(wrong.body.details).toContain('block must be the id or the permalink of a block');
      expect((await post('bob', path, { name: 'a\nb' })).status).toBe(400);
    }
    expect((await gnode.as('bob', 'GET', own)).body.selected[0].fields).toMatchObject({ name: 's', block: null });
    await gnode.setAcl('xena', foreign.path, { shared_with: { bob: 2 } });
    expect((await post('bob', own, { block: foreign.name })).status).toBe(200);
  });

  it('must have a type of the portal, and needs a login', async () => {
    for (const type of ['gadget', 'screen', 'workbooks', '__proto__']) {
      const reply = await post('bob', `/electrophysiology/${type}/`, { name: 'x' });
      expect([reply.status, reply.body.message_type]).toEqual([404, 'does_not_exist']);
    }
    for (const verb of ['GET', 'POST']) {
      expect((await gnode.raw(verb, '/electrophysiology/block/', { body: '{}' })).status).toBe(401);
    }
    expect((await gnode.raw('PUT', '/electrophysiology/block/')).status).toBe(405);
    const bulk = await post('bob', '/electrophysiology/block/?id__in=[a]&bulk_update=1', { name: 'x' });
    expect([bulk.status, bulk.body.message_type]).toEqual([400, 'wrong_params']);
  });
});

describe('an object with nested objects', () => {
  const made = async (path: string, fields: object) => (await post('bob', path, fields)).body.selected[0];
  const fieldsOf = async (who: string, path: string) => (await gnode.as(who, 'GET', path)).body.selected[0].fields;

  it('names them in a list for each type, of which its reader sees those that they may read', async () => {
    const block = await made('/electrophysiology/block/', { name: 'b' });
    expect(block.fields).toMatchObject({ segment_set: [], recordingchannelgroup_set: [] });
    const one = await made('/electrophysiology/segment/', { name: '1', block: block.id });
    const two = await made('/electrophysiology/segment/', { name: '2', block: block.id });
    const group = await made('/electrophysiology/recordingchannelgroup/', { name: 'g', block: block.id });
    await gnode.setAcl('bob', block.location, { shared_with: { rea: 1 } });
    await gnode.setAcl('bob', two.location, { shared_with: { rea: 1 } });
    const all = { segment_set: [one.location, two.location].sort(), recordingchannelgroup_set: [group.location] };
    const { segment_set, recordingchannelgroup_set } = await fieldsOf('bob', block.location);
    expect({ segment_set: [...segment_set].sort(), recordingchannelgroup_set }).toEqual(all);
    const ofReader = { segment_set: [two.location], recordingchannelgroup_set: [] };
    expect(await fieldsOf('rea', block.location)).toMatchObject(ofReader);
    const listed = await gnode.as('rea', 'GET', `/electrophysiology/block/?id=${block.id}`);
    expect(listed.body.selected[0].fields).toMatchObject(ofReader);
    expect(await fieldsOf('bob', one.location)).not.toHaveProperty('segment_set');
  });

  it('names those without permissions of their own, and those whose type has two names', async () => {
    const section = await made('/metadata/section/', { name: 's' });
    const property = await made('/metadata/property/', { name: 'p', section: section.id });
    const value = await made('/metadata/value/', { name: 'v', parent_property: property.id });
    const lists = { property_set: [property.location], section_set: [], block_set: [], datafile_set: [] };
    expect(await fieldsOf('bob', section.location)).toMatchObject(lists);
    expect(await fieldsOf('bob', property.location)).toMatchObject({ value_set: [value.location] });
    const segment = await made('/electrophysiology/segment/', { name: 's' });
    const { id } = await made('/electrophysiology/irregularlysampledsignal/', { name: 'i', segment: segment.id });
    expect(await fieldsOf('bob', segment.location)).toMatchObject({
      irsaanalogsignal_set: [`/electrophysiology/irsaanalogsignal/${id}/`],
      irregularlysampledsignal_set: [`/electrophysiology/irregularlysampledsignal/${id}/`],
    });
  });

  it('gets and loses them by their own fields only', async () => {
    const block = await made('/electrophysiology/block/', { name: 'b' });
    const { location } = await made('/electrophysiology/segment/', { name: 's' });
    const sent = await post('bob', block.location, { segment_set: [location], index: 1 });
    expect(sent.body.selected[0].fields).toMatchObject({ segment_set: [], index: 1 });
    await post('bob', location, { block: block.id });
    await post('bob', block.location, { segment_set: [] });
    expect(await fieldsOf('bob', block.location)).toMatchObject({ segment_set: [location] });
  });
});

describe('a list', () => {
  const list = (who: string, type: string, query = '') => gnode.as(who, 'GET', `/electrophysiology/${type}/${query}`);

  it('shows the objects that its reader may read, with the fields that they may see', async () => {
    const levels = { private: 3, open: 1, shared: 3 };
    const names: Record<string, string> = {};
    for (const [key, level] of Object.entries(levels)) {
      const { path, name } = await gnode.make('unit');
      names[key] = name;
      await gnode.setAcl('bob', path, { safety_level: level, shared_with: key === 'shared' ? { rea: 1 } : {} });
    }
    const { private: hidden = '', open = '', shared = '' } = names;
    expect(namesIn((await list('bob', 'unit')).body)).toEqual([hidden, open, shared].sort());
    expect(namesIn((await list('rea', 'unit')).body)).toEqual([open, shared].sort());
    expect(namesIn((await list('xena', 'unit')).body)).toEqual([open]);
    const [seen] = (await list('xena', 'unit')).body.selected;
    expect(seen.fields.shared_with).toBeNull();
    const byOwner = await list('bob', 'unit', `?id__in=[${shared}]`);
    expect(byOwner.body.selected[0].fields.shared_with).toEqual({ [gnode.idOf('rea')]: 1 });
  });

  it('can be filtered, and start at an offset', async () => {
    const { native, name: block } = await gnode.make('block');
    const made = [];
    for (const name of ['Alpha 1', 'alpha 2', 'beta.3']) {
      made.push(await gnode.make('segment', 'bob', { name, parents: name === 'beta.3' ? [] : [native] }));
    }
    const foreign = await gnode.make('segment', 'xena', { name: 'Alpha X' });
    await gnode.setAcl('xena', foreign.path, { safety_level: 1 });
    const [first] = made;
    for (const [query, wanted] of [
      ['?name=Alpha%201', ['Alpha 1']],
      ['?name__exact=alpha%201', []],
      ['?name__iexact=alpha%201', ['Alpha 1']],
      ['?name__contains=alpha', ['alpha 2']],
      ['?name__icontains=ALPHA', ['Alpha 1', 'Alpha X', 'alpha 2']],
      ['?name__startswith=beta.', ['beta.3']],
      ['?name__startswith=bet..', []],
      ['?name__iendswith=X', ['Alpha X']],
      [`?block=${block}`, ['Alpha 1', 'alpha 2']],
      [`?block=/electrophysiology/block/${block}/&name__icontains=2`, ['alpha 2']],
      ['?owner=xena', ['Alpha X']],
      [`?owner=${gnode.idOf('xena')}&safety_level=1`, ['Alpha X']],
      ['?owner=nobody', []],
      ['?safety_level=2', []],
      [`?id=${first?.name}`, ['Alpha 1']],
      [`?id__in=[${first?.name},${foreign.name},NOPE]&q=full`, ['Alpha 1', 'Alpha X']],
    ] as const) {
      const reply = await list('bob', 'segment', query);
      expect([query, reply.status, namesIn(reply.body)]).toEqual([query, 200, wanted]);
    }
    const all = (await list('bob', 'segment', '?name__icontains=a')).body;
    expect(all.selected_range).toEqual([0, 3]);
    const paged = [];
    for (const offset of [0, 2, 4]) {
      const { body } = await list('bob', 'segment', `?name__icontains=a&offset=${offset}&max_results=2`);
      expect(body.selected_range).toEqual(offset === 4 ? null : [offset, offset + 1]);
      paged.push(...body.selected);
    }
    expect(paged).toEqual(all.selected);
  });

  it('refuses an unknown filter, and names it', async () => {
    for (const [query, named] of [
      ['?nmae=x', 'nmae'],
      ['?name__regex=x', 'name__regex'],
      ['?owner__icontains=b', 'owner__icontains'],
      ['?$where=1', '$where'],
      ['?safety_level=9', '9'],
      ['?offset=-1', 'offset'],
      ['?max_results=many', 'max_results'],
      ['?offset=9999&max_results=2', 'offset'],
      [`?name__contains=${'x'.repeat(1_001)}`, 'name__contains'],
    ] as const) {
      const { status, body } = await list('bob', 'block', query);
      const wanted = [query, 400, 'wrong_params', expect.stringContaining(named)];
      expect([query, status, body.message_type, body.details]).toEqual(wanted);
    }
  });
});
