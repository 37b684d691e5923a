import fc from 'fast-check';
import { schemaOf } from '../../src/base/schemas/validator.ts';
import { allCommands, rpcMethods } from '../../src/operations/index.ts';
import { type Call, calls } from '../gate/calls.ts';
import { METHODS, OTHERS } from '../gate/everything.ts';
import type { FuzzedRequest } from './exchange.ts';
import { fromSchema } from './fromSchema.ts';
import { CALLERS, type FuzzedPortal } from './fuzzedPortal.ts';
import { hostileValue } from './hostile.ts';
import { mutated, mutatedOf } from './mutations.ts';
import { specTexts } from './texts.ts';
import { textOf } from './verbatim.ts';
import { words } from './words.ts';

/** A request of JSON-RPC, and who sends it. */
export interface RpcRequest {
  readonly caller: string;
  readonly envelope: '1.1' | '2.0';
  readonly method: string;
  readonly params: readonly unknown[];
}

const envelope = fc.constantFrom('1.1', '2.0');

export function asSent({ caller, envelope, method, params }: RpcRequest, credentials: FuzzedPortal['credentials']) {
  const version = envelope === '2.0' ? { jsonrpc: envelope } : { version: envelope };
  const body = textOf({ ...version, method, params, id: '1' });
  return { verb: 'POST', path: '/', headers: { ...credentials[caller] }, body } satisfies FuzzedRequest;
}

/** Options of the command object, of which most calls have none. */
const options = fc.record(
  {
    dryRun: fc.oneof(fc.boolean(), hostileValue),
    reason: fc.oneof(words, hostileValue),
    idempotencyKey: fc.oneof(words, hostileValue),
    plan: hostileValue,
    approval: hostileValue,
    runWhenApproved: fc.oneof(fc.boolean(), hostileValue),
  },
  { requiredKeys: [] },
);

const adminCaller = fc.oneof({ weight: 5, arbitrary: fc.constant('boss') }, fc.constantFrom(...CALLERS, 'nobody'));

/** Calls of a command: its example with one change, and parameters made from its schema, with and without one. */
function callsOf(name: string): fc.Arbitrary<RpcRequest> {
  const command = allCommands.find((each) => each.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  const example: Call & { readonly command: string } = { command: name, ...calls[name] };
  const params = fromSchema(schemaOf(command.params), words);
  const user = fc.option(words, { nil: undefined });
  const made = fc.record({ command: fc.constant(name), user, params });
  const object = fc.oneof(
    { weight: 2, arbitrary: mutated(example) },
    { weight: 5, arbitrary: mutated(example.params ?? {}).map((changed) => ({ ...example, params: changed })) },
    { weight: 3, arbitrary: made },
    { weight: 1, arbitrary: mutatedOf(made) },
    { weight: 1, arbitrary: options.map((chosen) => ({ ...example, ...chosen })) },
    { weight: 1, arbitrary: fc.constant(example) },
  );
  return fc
    .tuple(adminCaller, envelope, object)
    .map(([caller, kind, sent]) => ({ caller, envelope: kind, method: 'administer', params: [sent] }));
}

/** Calls of each command. */
export const commandCalls: readonly fc.Arbitrary<RpcRequest>[] = allCommands.map(({ name }) => callsOf(name));

const methodCaller = fc.oneof({ weight: 4, arbitrary: fc.constant('ann') }, fc.constantFrom(...CALLERS, 'nobody'));
const EXAMPLES: readonly (readonly [method: string, params: unknown])[] = [
  ...METHODS,
  ...OTHERS.map(([, method, params]) => [method, params] as const),
];

/** Calls of an ordinary method, in the same ways; many have no example. */
export const methodCalls: readonly fc.Arbitrary<RpcRequest>[] = rpcMethods.map(({ name, params, positional }) => {
  const made = params === undefined ? fc.constant(undefined) : fromSchema(schemaOf(params), words);
  const listed = (value: unknown): readonly unknown[] => {
    if (positional !== undefined)
      return positional.map((key) => (value as Record<string, unknown> | null)?.[key] ?? null);
    return value === undefined ? [] : [value];
  };
  const examples = EXAMPLES.filter(([method]) => method === name).map(([, example]) => mutated(example).map(listed));
  const lists = fc.oneof(...examples, made.map(listed), mutatedOf(made.map(listed))) as fc.Arbitrary<
    readonly unknown[]
  >;
  return fc.tuple(methodCaller, envelope, lists).map(([caller, kind, sent]) => ({
    caller,
    envelope: kind,
    method: name,
    // A mutation may have made of the list another value, which is sent as the one parameter.
    params: Array.isArray(sent) ? sent : [sent],
  }));
});

/** The names of the types that a specification defines. */
const typesIn = (spec: string) =>
  [...spec.matchAll(/typedef [^;{]+(?:\{[^}]*\})? ?(\w+);/g)].map(([, name = '']) => name);

/** Registrations of specifications in a module of ann's. */
export const registrations: fc.Arbitrary<RpcRequest> = fc
  .record({
    spec: specTexts,
    others: fc.subarray(['Missing', '__proto__', 'Thing'], { maxLength: 1 }),
    isSound: fc.boolean(),
    remove_types: fc.option(fc.subarray(['Thing', 'More']), { nil: undefined, freq: 5 }),
    dryrun: fc.constantFrom(0, 1),
  })
  .map(({ isSound, others, ...params }) => {
    // Thing is registered already.
    const added = typesIn(params.spec).filter((name) => name !== 'Thing');
    const new_types = isSound ? added : [...added, ...others];
    return { caller: 'ann', envelope: '2.0', method: 'register_typespec', params: [{ ...params, new_types }] };
  });
