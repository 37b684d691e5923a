import { expect } from 'vitest';
import type { StewardError } from '../../../src/base/errors.ts';
import { JsonText } from '../../../src/base/json/jsonText.ts';
import { problemWith } from '../../../src/base/schemas/validator.ts';
import { allMethods } from '../../../src/operations/index.ts';
import { originOf, type TestHouse, type TestHouseOptions } from '../../support/house.ts';
import { houseWith } from '../../support/houseWith.ts';

/** A house of workspaces, with the admin `boss`, and the users ann, bea, cec and dan. */
export interface World extends TestHouse {
  /** A command by `boss`: the result. */
  run(command: string, params?: unknown, user?: string): Promise<unknown>;
  /** The error message of the command. */
  message(command: string, params?: unknown, user?: string): Promise<string>;
  /**
   * The result of an ordinary method (of `Workspace` by default) for this user, or for an anonymous caller with null.
   */
  call(user: string | null, method: string, params?: unknown): Promise<unknown>;
  /** The error of the method. */
  fails(user: string | null, method: string, params?: unknown): Promise<StewardError>;
}

/** A result as a caller reads it. */
const plain = (result: unknown) => (result instanceof JsonText ? result.toJSON() : result);

/** Lets everybody in a {@link World} sign in. */
export const meetAll = (house: TestHouse) => house.meet('boss', 'ann', 'bea', 'cec', 'dan');

/** A world in which this was done, which must let everybody sign in; for several with the same options it is done once. */
export async function openWorld(options: TestHouseOptions = {}, make = meetAll): Promise<World> {
  return worldOf(await houseWith(make, options), options);
}

/** The house as a world. */
export function worldOf(house: TestHouse, options: TestHouseOptions = {}): World {
  const object = (command: string, params?: unknown, user?: string) => ({
    command,
    ...(params === undefined ? {} : { params }),
    ...(user === undefined ? {} : { user }),
  });
  const call = async (user: string | null, name: string, params?: unknown) => {
    const method = house.gate.method(name.includes('.') ? name : `Workspace.${name}`);
    if (method === undefined) throw new Error(`there is no method ${name}`);
    const known = originOf(user ?? 'nobody', options);
    const origin = user === null ? { ...known, authorization: undefined } : known;
    const caller = await house.gate.identify(method, origin);
    const answer = await house.gate.call(method, { caller, params: params === undefined ? [] : [params], origin });
    const result = plain(answer.result);
    const declared = allMethods.find((m) => m.name === method.name)?.result;
    // The result of a void method is not answered.
    const answered = method.returnsValue ? result : null;
    if (declared !== undefined) expect(problemWith(declared, answered, name)).toBeUndefined();
    return result;
  };
  return {
    ...house,
    run: async (command, params, user) => plain((await house.administer('boss', object(command, params, user))).result),
    message: async (command, params, user) => (await house.refused('boss', object(command, params, user))).message,
    call,
    fails: (user, method, params) =>
      call(user, method, params).then(
        (result) => Promise.reject(new Error(`not refused: ${JSON.stringify(result)}`)),
        (error) => error,
      ),
  };
}
