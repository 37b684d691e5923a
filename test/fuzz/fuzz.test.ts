import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/base/config/load.ts';
import { ConfigError } from '../../src/base/config/problems.ts';
import { cutToCharacters } from '../../src/base/text.ts';
import { checkPolicyFile } from '../../src/gate/policy/offline.ts';
import { PolicyError } from '../../src/gate/policy/problems.ts';
import { temporaryFiles } from '../base/config/files.ts';
import { doorBytes } from './door.ts';
import { type Came, type FuzzedPortal, openFuzzedPortal } from './fuzzedPortal.ts';
import { fuzz, inTurnOf, type Round, timeoutFor } from './rounds.ts';
import { routeRequests } from './routeRequests.ts';
import { asSent, commandCalls, methodCalls, registrations } from './rpcRequests.ts';
import { configTexts, policyTexts } from './texts.ts';

/*
 * Generated input, most of it almost valid. Whatever is sent: nothing ends with an internal error, what is refused
 * changes nothing, what changes something leaves a record, and each privileged call leaves exactly one.
 */

/** The kinds of input, which share the time of `npm run fuzz`. */
const KINDS = 7;
const timeout = timeoutFor(KINDS);

/** A round of requests on a house of its own. */
const requests =
  <T>(inputs: (fuzzed: FuzzedPortal, of: Parameters<Round>[0]) => Promise<readonly T[]>, send: Send<T>): Round =>
  async (of) => {
    await using fuzzed = await openFuzzedPortal();
    const broken: string[] = [];
    const outcomes = new Map<string, number>();
    for (const [i, input] of (await inputs(fuzzed, of)).entries()) {
      const came = await send(fuzzed, input);
      for (const { outcome } of came.calls) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      broken.push(
        ...came.broken.map((what) => `seed ${of.seed}, input ${i}: ${shown(input)}\n  ${cutToCharacters(what, 1_500)}`),
      );
    }
    // Input that is never accepted would try little of the service.
    expect(outcomes.get('ok') ?? 0).toBeGreaterThan(0);
    expect(outcomes.size).toBeGreaterThan(2);
    return broken;
  };

type Send<T> = (fuzzed: FuzzedPortal, input: T) => Promise<Came>;

const shown = (input: unknown) =>
  cutToCharacters(JSON.stringify(input instanceof Uint8Array ? Buffer.from(input).toString('latin1') : input), 1_500);

/** A round of texts; whoever reads them may refuse them with its own error, and with no other. */
const texts =
  (arbitrary: fc.Arbitrary<string>, read: (text: string) => void): Round =>
  async ({ seed, count }) => {
    const broken: string[] = [];
    for (const text of fc.sample(arbitrary, { seed, numRuns: count })) {
      try {
        read(text);
      } catch (error) {
        broken.push(`seed ${seed}: ${JSON.stringify(text)}: ${(error as Error).stack}`);
      }
    }
    return broken;
  };

describe('generated input breaks nothing:', () => {
  const write = temporaryFiles();

  it('requests at the door', { timeout }, async () => {
    const inputs = async ({ credentials }: FuzzedPortal, { seed, count }: { seed: number; count: number }) =>
      fc.sample(doorBytes(credentials), { seed, numRuns: count });
    await fuzz(
      requests(inputs, (fuzzed, bytes) => fuzzed.sendBytes(bytes)),
      { short: 20, long: 150, kinds: KINDS },
    );
  });

  it('commands of administer', { timeout }, async () => {
    const inputs = async ({ credentials }: FuzzedPortal, of: { seed: number; count: number }) =>
      inTurnOf(commandCalls, of).map((request) => asSent(request, credentials));
    await fuzz(
      requests(inputs, (fuzzed, request) => fuzzed.send(request)),
      { short: 32, long: 2 * commandCalls.length, kinds: KINDS },
    );
  });

  it('ordinary methods', { timeout }, async () => {
    const inputs = async ({ credentials }: FuzzedPortal, of: { seed: number; count: number }) =>
      inTurnOf(methodCalls, of).map((request) => asSent(request, credentials));
    await fuzz(
      requests(inputs, (fuzzed, request) => fuzzed.send(request)),
      { short: 40, long: 2 * methodCalls.length, kinds: KINDS },
    );
  });

  it('routes of the other systems', { timeout }, async () => {
    const inputs = async ({ portal, credentials }: FuzzedPortal, of: { seed: number; count: number }) =>
      inTurnOf(routeRequests((await portal.ask('GET', '/openapi.json')).body, credentials), of);
    await fuzz(
      requests(inputs, (fuzzed, request) => fuzzed.send(request)),
      { short: 40, long: 300, kinds: KINDS },
    );
  });

  it('configurations', { timeout }, async () => {
    const load = (text: string) => {
      try {
        loadConfig({ file: write('deploy.cfg', text.toWellFormed()), env: {} });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
      }
    };
    await fuzz(texts(configTexts, load), { short: 40, long: 300, kinds: KINDS });
  });

  it('policies', { timeout }, async () => {
    const check = (text: string) => {
      try {
        checkPolicyFile({ file: 'policy.yaml', text, configured: ['boss'] });
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
      }
    };
    await fuzz(texts(policyTexts, check), { short: 8, long: 60, kinds: KINDS });
  });

  it('specifications of types', { timeout }, async () => {
    const inputs = async ({ credentials }: FuzzedPortal, { seed, count }: { seed: number; count: number }) =>
      fc.sample(registrations, { seed, numRuns: count }).map((request) => asSent(request, credentials));
    await fuzz(
      requests(inputs, (fuzzed, request) => fuzzed.send(request)),
      { short: 20, long: 150, kinds: KINDS },
    );
  });
});
