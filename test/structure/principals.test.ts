import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));

const where = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);

/** The fields that a write to the collection of principals sets. */
const WRITE = /\btx\s*\.\s*(?:insert|update)\(\s*principals\b[^;]*;/g;

it('principals are made in one place', () => {
  expect(where(/\.(insert|append)\(\s*principals\b/)).toEqual([join('identity', 'makePrincipal.ts')]);
});

it('principals are named and given an identity in the same place', () => {
  const writing = sources.filter(({ text }) =>
    (text.match(WRITE) ?? []).some((write) => /\b(username|issuer|subject|identity|kind)\b/.test(write)),
  );
  expect(writing.map(({ file }) => file)).toEqual([join('identity', 'makePrincipal.ts')]);
});

it('only the service itself has the names of the service', () => {
  expect(where(/'steward', 'secret-key'|id: 'steward'/)).toEqual([join('identity', 'serviceNames.ts')]);
});

it('users named by a caller are found by the resolver', () => {
  // Names that the database has itself, and those that a refusal of the resolver names.
  const others = [join('domain', 'ownership', 'changedIds.ts'), join('gate', 'newcomers.ts')];
  const finding = where(/\blivingByNames?\(|\busername: \{ \$(eq|in)/).filter((file) => !file.startsWith('identity'));
  expect(finding.sort()).toEqual(others);
});

it('receivers are pinned in one place', () => {
  const marking = where(/\bmarkNamed\(/).sort();
  expect(marking).toEqual([
    join('gate', 'subjects.ts'),
    ...['receivers.ts', 'resolver.ts'].map((file) => join('identity', file)),
  ]);
});
