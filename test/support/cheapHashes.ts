import argon2 from '@node-rs/argon2';
import { beforeAll, beforeEach, vi } from 'vitest';

const COST = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/**
 * Has the tests of this file hash passwords with the least cost there is: what is stored and checked is as real, and
 * takes a hundredth of the time. To be called before other hooks.
 */
export function hashCheaply(): void {
  const { hash } = argon2;
  const spy = () => void vi.spyOn(argon2, 'hash').mockImplementation((password) => hash(password, COST));
  beforeAll(spy);
  // Mocks are restored before each test.
  beforeEach(spy);
}
