import { describe, expect, it } from 'vitest';
import type { Passage } from '../../src/gate/passage.ts';
import { answerId, assertSameRequest, requestDigest, type StoredAnswer } from '../../src/gate/replay.ts';

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
function passage(parts: Parts): Passage {
  const { idempotencyKey, effect = 'write', dryRun = false, actor = 'ann', delegate } = parts;
  const { command = 'addUser', user, module, params = {}, plan } = parts;
  return {
    caller: { principal: { _id: actor }, ...(delegate && { delegate: { principal: { _id: delegate } } }) },
    command: { name: command, effect },
    decoded: { user, module },
    validated: { params, options: { dryRun, idempotencyKey, plan } },
  } as unknown as Passage;
}

describe('an answer is kept', () => {
  const id = (parts: Parts) => answerId(passage({ idempotencyKey: 'k', ...parts }));

  it('for a write under a key, and for nothing else', () => {
    expect(id({})).toMatch(/^[0-9a-f]{64}$/);
    expect(id({ idempotencyKey: undefined })).toBeUndefined();
    expect(id({ effect: 'read' })).toBeUndefined();
    expect(id({ dryRun: true })).toBeUndefined();
    expect(answerId({ caller: { principal: { _id: 'ann' } } } as unknown as Passage)).toBeUndefined();
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
  const stored = (parts: Parts) => ({ request: requestDigest(KEY, passage(parts)) }) as StoredAnswer;
  const first: Parts = { idempotencyKey: 'k', user: 'u', module: 'm', params: { a: 1 }, plan: 'p' };

  it('where command, user, module, parameters and plan are the same', () => {
    assertSameRequest(KEY, passage(first), stored(first));
    assertSameRequest(KEY, passage({ user: null, module: null }), stored({}));
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
    expect(() => assertSameRequest(KEY, passage({ ...first, ...other }), stored(first))).toThrow(
      expect.objectContaining({ reason: 'idempotency_key_reused', message: expect.stringContaining('k') }),
    );
  });

  it('and not under another key of the service', () => {
    expect(() => assertSameRequest(Buffer.from('another'), passage(first), stored(first))).toThrow();
  });
});
