import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));

const where = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);

it.each([
  ['the scheme is taken off a token', /replace\(\/\^Bearer/, 'identity/authorization.ts'],
  ['items wait for the write that is on its way', /#?waiting\.splice\(/, 'store/coalescer.ts'],
  ['work in flight is shared', /\?\?= this\.#\w+\([^)]*\)\.finally\(/, 'store/singleFlight.ts'],
  ['a bug in a call is logged', /log\.error\('unexpected error'/, 'server/rpc/calls.ts'],
  ['a call is logged', /log\.info\('call'/, 'server/rpc/calls.ts'],
])('in one place alone %s', (_, pattern, place) => {
  expect(where(pattern)).toEqual([place]);
});
