import { describe, expect, it } from 'vitest';
import { commands } from '../../src/base/schemas/generated.ts';
import type { CallContext } from '../../src/gate/callContext.ts';
import {
  answerId,
  assertSameRequest,
  requestDigest,
  resultOf,
  type StoredAnswer,
  storedResult,
} from '../../src/gate/replay.ts';

const KEY = Buffer.from('a key of the tests');

interface Parts {
  readonly idempotencyKey?: string | undefined;
  readonly effect?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
  readonly delegate?: string;
  readonly command?: string;
  readonly user?: string | null | undefined;
  readonly module?: string | null | undefined;
  readonly params?: unknown;
  readonly plan?: string;
}

/** As much of a call as its stored answer depends on. */
function context(parts: Parts): CallContext {
  const { idempotencyKey, effect = 'write', dryRun = false, actor = 'ann', delegate } = parts;
  const { command = 'addUser', user, module, params = {}, plan } = parts;
  return {
    caller: { principal: { _id: actor }, ...(delegate && { delegate: { principal: { _id: delegate } } }) },
    command: { name: command, effect, ...commands.addUser },
    decoded: { user, module },
    validated: { params, options: { dryRun, idempotencyKey, plan } },
  } as unknown as CallContext;
}

describe('an answer is kept', () => {
  const id = (parts: Parts) => answerId(context({ idempotencyKey: 'k', ...parts }));

  it('for a write under a key, and for nothing else', () => {
    expect(id({})).toMatch(/^[0-9a-f]{64}$/);
    expect(id({ idempotencyKey: undefined })).toBeUndefined();
    expect(id({ effect: 'read' })).toBeUndefined();
    expect(id({ dryRun: true })).toBeUndefined();
    expect(answerId({ caller: { principal: { _id: 'ann' } } } as unknown as CallContext)).toBeUndefined();
  });

  it('for each actor, each service that acts for somebody, and each key by itself', () => {
    const ids = [
      id({}),
      id({ actor: 'bea' }),
      id({ delegate: 'portal' }),
      id({ delegate: 'other' }),
      id({ actor: 'portal', delegate: 'ann' }),
      id({ idempotencyKey: 'l' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(id({})).toBe(id({ command: 'removeUser', params: 5 }));
  });
});

describe('two calls are one', () => {
  const stored = (parts: Parts) => ({ request: requestDigest(KEY, context(parts)) }) as StoredAnswer;
  const first: Parts = { idempotencyKey: 'k', user: 'u', module: 'm', params: { a: 1 }, plan: 'p' };

  it('where command, user, module, parameters and plan are the same', () => {
    assertSameRequest(KEY, context(first), stored(first));
    assertSameRequest(KEY, context({ user: null, module: null }), stored({}));
  });

  it.each<Parts>([
    { command: 'removeUser' },
    { user: 'v' },
    { user: undefined },
    { module: 'n' },
    { module: undefined },
    { params: { a: 2 } },
    { plan: 'q' },
    { user: 'm', module: 'u' },
  ])('and not where one of them is another: %j', (other) => {
    expect(() => assertSameRequest(KEY, context({ ...first, ...other }), stored(first))).toThrow(
      expect.objectContaining({ reason: 'idempotency_key_reused', message: expect.stringContaining('k') }),
    );
  });

  it('and not under another key of the service', () => {
    expect(() => assertSameRequest(Buffer.from('another'), context(first), stored(first))).toThrow();
  });
});

describe('a stored result', () => {
  const user = { user: 'eve', id: '1', kind: 'person', state: 'pending', created: '2027-01-01T00:00:00Z' };
  const personal = { ...user, email: 'eve@example.org' };
  const call = context({ idempotencyKey: 'k' });
  const stored = (result: unknown) => storedResult(KEY, call, result) as StoredAnswer;

  it('is its JSON text', () => {
    expect(stored(user)).toEqual({ result: JSON.stringify(user) });
    expect(resultOf(KEY, call, stored(user))).toEqual(user);
    expect(stored(undefined)).toEqual({ result: 'null' });
  });

  it('that has secrets or personal data is unreadable without the idempotency key', () => {
    const kept = stored(personal);
    expect(kept.sealed).toBe(true);
    expect(Buffer.from(kept.result, 'base64').toString()).not.toContain('eve');
    expect(stored(personal).result).not.toBe(kept.result);
    expect(resultOf(KEY, call, kept)).toEqual(personal);
    for (const other of [{ idempotencyKey: 'l' }, { idempotencyKey: 'k', actor: 'bea' }]) {
      expect(() => resultOf(KEY, context(other), kept)).toThrow();
    }
    expect(() => resultOf(Buffer.from('another'), call, kept)).toThrow();
  });

  it('that was changed in the database is not answered', () => {
    const bytes = Buffer.from(stored(personal).result, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(() => resultOf(KEY, call, { ...stored(personal), result: bytes.toString('base64') })).toThrow();
  });
});
