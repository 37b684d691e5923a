import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type AssembleOptions, assemble, type House } from '../../src/assemble.ts';
import { allCommands } from '../../src/commands/index.ts';
import type { Answer, Origin } from '../../src/gate/door.ts';
import { JwtSource, LOCAL_ISSUER } from '../../src/identity/jwt.ts';
import { mintToken } from '../../src/identity/mint.ts';
import type { AdminRules } from '../../src/identity/roster.ts';
import { Database } from '../../src/store/database.ts';

export const SECRET = 'a secret of the tests, long enough for HS256';

export interface TestHouse extends House, AsyncDisposable {
  readonly database: Database;
  /** Calls `administer` as this user with this command object. */
  administer(user: string, command: unknown): Promise<Answer>;
  /** The reason that the call is refused for; fails when it is not. */
  refusal(user: string, command: unknown): Promise<string>;
  /** Lets the user sign in once, so that the directory knows it. */
  meet(...users: string[]): Promise<void>;
  /** Every stored audit record, in order. */
  records(): Promise<StoredRecord[]>;
  /** What a collection holds, by id. */
  contents(collection: string): Promise<Record<string, unknown>[]>;
}

export type StoredRecord = Record<string, unknown> & { id: string; command: string; outcome: string; error?: string };

export interface TestHouseOptions {
  readonly rules?: AdminRules;
  readonly now?: () => Date;
  readonly commands?: AssembleOptions['commands'];
  /** Roles in the tokens of these users. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** Share another house's database: a second instance of the service. */
  readonly beside?: TestHouse;
}

export function originOf(user: string | undefined, options: TestHouseOptions = {}, more: Partial<Origin> = {}): Origin {
  const token =
    user === undefined
      ? undefined
      : mintToken({ secret: SECRET, username: user, lifetimeSeconds: 3600, roles: options.roles?.[user] ?? [] });
  return { requestId: randomUUID(), authorization: token, address: '192.0.2.1', socketAddress: '127.0.0.1', ...more };
}

/** A house on an empty database of its own, with `boss` as the configured admin unless told otherwise. */
export async function openHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const name = options.beside?.database.db.databaseName ?? `test_${randomUUID().replaceAll('-', '')}`;
  const database = await Database.connect({ uri: inject('mongoUri'), database: name });
  const house = await assemble({
    database,
    commands: options.commands ?? allCommands,
    tokens: new JwtSource({ secret: SECRET }),
    issuer: LOCAL_ISSUER,
    rules: options.rules ?? { configured: ['boss'] },
    version: '0.0.0-test',
    onError: (error) => console.error(error),
    warn: () => undefined,
    ...(options.now === undefined ? {} : { now: options.now }),
  });

  const administer = async (user: string, command: unknown) => {
    const method = house.gate.method('Workspace.administer');
    if (method === undefined) throw new Error('there is no administer');
    const origin = originOf(user, options);
    return house.gate.call(method, await house.gate.identify(method, origin), [command], origin);
  };
  return {
    ...house,
    database,
    administer,
    refusal: (user, command) =>
      administer(user, command).then(
        (answer) => Promise.reject(new Error(`not refused: ${JSON.stringify(answer)}`)),
        (error) => error.reason ?? Promise.reject(error),
      ),
    meet: async (...users) => {
      const method = house.gate.method('Workspace.get_admin_role');
      if (method === undefined) throw new Error('there is no get_admin_role');
      for (const user of users) await house.gate.identify(method, originOf(user, options));
    },
    records: async () => {
      const batches = await database.db.collection('audit').find().sort({ _id: 1 }).toArray();
      return batches.flatMap((b) => b.records as StoredRecord[]);
    },
    contents: (collection) => database.db.collection(collection).find().sort({ _id: 1 }).toArray(),
    [Symbol.asyncDispose]: async () => {
      await house.settled();
      if (options.beside === undefined) await database.db.dropDatabase();
      await database.close();
    },
  };
}
