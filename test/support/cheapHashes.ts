import argon2 from '@node-rs/argon2';
import { beforeAll, beforeEach, vi } from 'vitest';

/**
 * Passwords are hashed with the least cost there is: what is stored and checked is as real, and takes a hundredth of the
 * time.
 */

const COST = { memoryCost: 8, timeCost: 1, parallelism: 1 };

const hashCheaply = () =>
  void vi.spyOn(argon2, 'hash').mockImplementation(async (password) => argon2.hashSync(password, COST));

beforeAll(hashCheaply);
// Mocks are restored before each test.
beforeEach(hashCheaply);
