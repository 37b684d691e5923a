import jwt from 'jsonwebtoken';
import type { StewardError } from '../../../src/base/errors.ts';
import {
  openHouse,
  type RawToken,
  SECRET,
  type TestHouse,
  type TestHouseOptions,
  type Who,
} from '../../support/house.ts';
import { houseWith } from '../../support/houseWith.ts';
import { approvals, policyOf, type Rule } from '../../support/policies.ts';

export const RENAME = { command: 'renameUser', user: 'pia', params: { newName: 'piet' }, reason: 'a new name' };

/**
 * A house in which `renameUser` needs approval by one other administrator, with the configured administrator `boss`, the
 * full administrators `ann`, `bob`, `cec`, and the user `pia`.
 */
export async function approvingHouse(
  rules: Readonly<Record<string, Rule>> = { renameUser: approvals() },
  options: TestHouseOptions = {},
): Promise<TestHouse> {
  return houseWith(makeAdmins, { policy: policyOf(rules), ...options });
}

async function makeAdmins(house: TestHouse): Promise<void> {
  await house.meet('boss', 'ann', 'bob', 'cec', 'pia');
  for (const user of ['ann', 'bob', 'cec']) await house.administer('boss', { command: 'addAdmin', user });
}

/** Makes a request for approval, and returns its id. */
export async function requested(house: TestHouse, user: Who = 'ann', call: object = RENAME): Promise<string> {
  return requestIn(await house.refused(user, call));
}

export function requestIn(error: StewardError): string {
  const id = /the request ([0-9a-f]{24})/.exec(error.message)?.[1];
  if (error.reason !== 'approval_needed' || id === undefined) throw error;
  return id;
}

export const approve = (house: TestHouse, user: Who, request: string) =>
  house.administer(user, { command: 'approve', params: { request, reason: 'it is right' } });

/** A token with which this service acts for this user. */
export function through(service: string, person: string): RawToken {
  const now = Math.floor(Date.now() / 1000);
  const act = { sub: service, preferred_username: service };
  return { token: jwt.sign({ sub: person, preferred_username: person, act, iat: now, exp: now + 3600 }, SECRET) };
}

/** Gives an account an email address, as its issuer or an administrator may. */
export async function setEmail({ database }: TestHouse, user: string, email: string): Promise<void> {
  const update = { $set: { email }, $inc: { revision: 1 } };
  await database.db.collection<{ _id: string }>('principals').updateOne({ _id: user }, update);
}

export const approving = (request: string) => ({ command: 'approve', params: { request, reason: 'it is right' } });

export const run = (request: string) => ({ command: 'runApproved', params: { request } });

/** Changes a role on an instance without the policy, which would not let those change it who depend on it. */
export async function changeRole(house: TestHouse, command: string, ...members: readonly string[]): Promise<void> {
  await using other = await openHouse({ beside: house });
  await other.administer('boss', { command, params: { name: 'guards', members } });
}
