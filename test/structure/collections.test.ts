import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { collections } from '../../src/server/assemble.ts';
import { servicePrivileges } from '../../src/store/serviceRole.ts';
import { withFiles } from '../../src/store/setup.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Declared again, for documents of a second kind. */
const ALSO_DECLARED: readonly string[] = ['auditCollection.name'];

const declared = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [
    ...readFileSync(`${SRC}/${file}`, 'utf8').matchAll(/= collection(?:<[^;]*?>)?\(\s*([^,)]+)[,)]/g),
  ])
  .map(([, name = '']) => name);

const DATABASE = 'db';
const all = withFiles(collections);

it('every declared collection is made at the start or by setup-database', () => {
  const names = collections.map(({ name }) => `'${name}'`);
  expect(declared.filter((name) => !ALSO_DECLARED.includes(name)).toSorted()).toEqual(names.toSorted());
  expect(ALSO_DECLARED.filter((name) => !declared.includes(name))).toEqual([]);
});

it('the role of the service’s account has rights to every collection, and changes no document that only is inserted', () => {
  const [whole, ...each] = servicePrivileges(DATABASE, all);
  expect(whole).toEqual({ resource: { db: DATABASE, collection: '' }, actions: ['listCollections'] });
  expect(each.map(({ resource }) => resource)).toEqual(all.map(({ name }) => ({ db: DATABASE, collection: name })));
  for (const [i, { insertOnly = false }] of all.entries()) {
    const actions = each[i]?.actions ?? [];
    expect(actions).toEqual(expect.arrayContaining(['find', 'insert', 'listIndexes']));
    expect(actions.includes('update')).toBe(!insertOnly);
    expect(actions.includes('remove')).toBe(!insertOnly);
  }
  expect(all.filter(({ insertOnly }) => insertOnly).map(({ name }) => name)).toEqual(['audit', 'auditSegments']);
});
