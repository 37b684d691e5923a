import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import type { CommandStartedEvent, Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import { collections } from '../../src/server/assemble.ts';
import { Database } from '../../src/store/database.ts';
import { withFiles } from '../../src/store/setup.ts';
import { shardScript } from '../../src/store/shards.ts';
import { calls, peopledHouse } from '../gate/calls.ts';
import { METHODS } from '../gate/everything.ts';
import { originOf, type TestHouse } from '../support/house.ts';

const all = withFiles(collections);
const sharded = new Map(all.flatMap(({ name, sharding }) => (sharding === undefined ? [] : [[name, sharding.key]])));

/** What requests of users ask of all shards, by collection, operation and fields: docs/scale.md names it. */
const SCATTERS = [
  ...readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8').matchAll(/^\| `(\w+ \w+.*?)` \|/gm),
].map(([, shape = '']) => shape);

/** Methods that read objects, as ann. */
const READS: readonly (readonly [method: string, params: unknown])[] = [
  ['get_objects2', { objects: [{ ref: '1/1' }] }],
  ['get_object_info3', { objects: [{ ref: '1/1' }, { workspace: 'ann:data', name: 'veiled' }] }],
  ['get_objects2', { objects: [{ ref: '1/large' }] }],
  ['get_object_history', { ref: '1/1' }],
  ['get_object_provenance', [{ ref: '1/1' }]],
  ['get_object_subset', [{ ref: '1/1', included: ['n'] }]],
  ['list_objects', { ids: [1] }],
  ['list_objects', { ids: [1], type: 'Owned.Thing' }],
  ['list_objects', { ids: [1], savedby: ['ann'] }],
  ['list_objects', { ids: [1], after: '2020-01-01T00:00:00+0000' }],
  ['list_objects', { ids: [1], meta: { k: 'v' } }],
  ['list_referencing_objects', [{ ref: '1/1' }]],
  ['list_referencing_object_counts', [{ ref: '1/1' }]],
  ['get_referenced_objects', [['1/1']]],
  ['get_names_by_prefix', { workspaces: [{ id: 1 }], prefix: 'k' }],
  ['list_workspace_info', {}],
  ['list_notices', {}],
  ['list_admin_actions', {}],
];

/** A query of a collection that is spread over shards. */
interface Query {
  readonly collection: string;
  readonly operation: string;
  readonly filter: Document;
}

let database: Database;
let house: TestHouse;
const queries: Query[] = [];

beforeAll(async () => {
  const uri = new URL(inject('mongoUri'));
  uri.searchParams.set('monitorCommands', 'true');
  database = await Database.connect({ uri: uri.href, database: `test_${randomUUID().replaceAll('-', '')}` });
  house = await peopledHouse({ on: database });
  database.client.on('commandStarted', (event) => queries.push(...queriesIn(event)));
  for (const [method, params] of METHODS.slice(0, -5)) await attempt('ann', method, params);
  for (const [method, params] of READS) await attempt('ann', `Workspace.${method}`, params);
  for (const { name } of allCommands) {
    await house.administer('boss', { command: name, ...calls[name] }).catch(() => undefined);
  }
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await database.db.dropDatabase();
  await database.close();
});

async function attempt(user: string, name: string, params: unknown): Promise<void> {
  const method = house.gate.method(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  const origin = originOf(user);
  const caller = await house.gate.identify(method, origin);
  const list = params === undefined ? [] : [params];
  await house.gate.call(method, { caller, params: list, origin }).catch(() => undefined);
}

function queriesIn({ commandName, command }: CommandStartedEvent): Query[] {
  const name = String(command[commandName]);
  if (!sharded.has(name)) return [];
  const of = (filter: Document) => ({ collection: name, operation: commandName, filter });
  switch (commandName) {
    case 'find':
      return [of(command.filter ?? {})];
    case 'count':
    case 'distinct':
    case 'findAndModify':
      return [of(command.query ?? {})];
    case 'update':
      return command.updates.map(({ q }: { q: Document }) => of(q));
    case 'delete':
      return command.deletes.map(({ q }: { q: Document }) => of(q));
    case 'aggregate':
      return [of(command.pipeline[0]?.$match ?? {})];
    default:
      return [];
  }
}

/** Whether the query has values for the beginning of the shard key, so that it asks only the shards with these. */
function isTargeted({ collection, filter }: Query): boolean {
  const [field = ''] = Object.keys(sharded.get(collection) ?? {});
  return names(filter, field);
}

function names(filter: Document, field: string): boolean {
  if (Array.isArray(filter.$and) && filter.$and.some((each) => names(each, field))) return true;
  if (Array.isArray(filter.$or) && filter.$or.every((each) => names(each, field))) return true;
  const value = filter[field];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'object') return true;
  const operators = Object.keys(value);
  return !operators.some((key) => key.startsWith('$')) || operators.includes('$eq') || operators.includes('$in');
}

const shapeOf = ({ collection, operation, filter }: Query) =>
  `${collection} ${operation} ${Object.keys(filter).toSorted().join(', ')}`.trim();

describe('the shard keys', () => {
  it('begin every unique index of their collections, or are the hashed id', () => {
    for (const { name, indexes, sharding } of all) {
      if (sharding === undefined) continue;
      const key = Object.keys(sharding.key);
      if (sharding.key._id === 'hashed') expect(indexes.filter((index) => index.unique)).toEqual([]);
      else
        expect(
          indexes.some((index) => Object.keys(index.key).slice(0, key.length).join() === key.join()),
          name,
        ).toBe(true);
      for (const index of indexes.filter((each) => each.unique)) {
        expect(Object.keys(index.key).slice(0, key.length), `${name} ${index.name}`).toEqual(key);
      }
    }
  });

  it('are in the commands that steward shard prints, which has every collection and runs as JavaScript', () => {
    const lines = shardScript('data', all);
    for (const { name } of all) expect(lines.filter((line) => line.startsWith(`// ${name}: `))).toHaveLength(1);
    const enabled: string[] = [];
    const spread: [string, unknown][] = [];
    const indexed: [string, unknown][] = [];
    runInNewContext(lines.join('\n'), {
      sh: {
        enableSharding: (name: string) => enabled.push(name),
        shardCollection: (name: string, key: unknown) => spread.push([name, { ...(key as object) }]),
      },
      db: {
        getSiblingDB: (database: string) => ({
          getCollection: (name: string) => ({
            createIndex: (key: unknown) => indexed.push([`${database}.${name}`, { ...(key as object) }]),
          }),
        }),
      },
    });
    expect(enabled).toEqual(['data']);
    expect(spread).toEqual([...sharded].map(([name, key]) => [`data.${name}`, key]));
    expect(indexed).toEqual(spread.filter(([, key]) => Object.values(key as object).includes('hashed')));
  });

  it('are in every query that a request of a user causes, unless it is named as one of all shards', () => {
    expect(queries.length).toBeGreaterThan(100);
    const asked = new Set(queries.map(({ collection }) => collection));
    expect([...sharded.keys()].filter((name) => !asked.has(name))).toEqual([]);
    const scattered = new Set(queries.filter((query) => !isTargeted(query)).map(shapeOf));
    expect([...scattered].toSorted()).toEqual(SCATTERS.toSorted());
  });
});
