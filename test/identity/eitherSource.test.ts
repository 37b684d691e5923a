import { expect, it, vi } from 'vitest';
import { EitherSource } from '../../src/identity/eitherSource.ts';
import type { Claims, Inquiry, TokenSource } from '../../src/identity/token.ts';

const NOW = new Date(0);
const inquiry = { roles: async () => [], identities: async () => [] } as Inquiry;
const claims = { subject: 's' } as Claims;

it.each([
  ['eyJ.eyJ.sig', 'signed'],
  ['eyJ..', 'signed'],
  ['a_-9.b_-9.c_-9', 'signed'],
  ['.eyJ.sig', 'opaque'],
  ['opaque', 'opaque'],
  ['a.b', 'opaque'],
  ['a.b.c.d', 'opaque'],
  ['a.b.c ', 'opaque'],
  [' a.b.c', 'opaque'],
  ['a.b.c=', 'opaque'],
  ['', 'opaque'],
])('a token goes to the source for its form and is never shown to the other: %j', async (token, which) => {
  const sources = { signed: { verify: vi.fn(async () => claims) }, opaque: { verify: vi.fn(async () => claims) } };
  const either = new EitherSource(sources);
  expect(await either.verify(token, NOW)).toBe(claims);
  const other = which === 'signed' ? 'opaque' : 'signed';
  expect(sources[which as 'signed' | 'opaque'].verify).toHaveBeenCalledWith(token, NOW);
  expect(sources[other].verify).not.toHaveBeenCalled();
});

it('only a source that can be asked about its users is asked', () => {
  const signed: TokenSource = { verify: async () => claims };
  const opaque = { verify: async () => claims, inquiry: vi.fn(() => inquiry) };
  const either = new EitherSource({ signed, opaque });
  const rejected = () => undefined;
  expect(either.inquiry('opaque', claims, { now: NOW, rejected })).toBe(inquiry);
  expect(opaque.inquiry).toHaveBeenCalledWith('opaque', claims, { now: NOW, rejected });
  expect(either.inquiry('a.b.c', claims, { now: NOW, rejected })).toBeUndefined();
});
