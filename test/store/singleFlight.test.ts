import { expect, it } from 'vitest';
import { SingleFlight } from '../../src/store/singleFlight.ts';

interface Gate {
  readonly promise: Promise<string>;
  resolve(value: string): void;
  reject(error: Error): void;
}

function gateOf(): Gate {
  const gate: Partial<Gate> = {};
  const promise = new Promise<string>((resolve, reject) => Object.assign(gate, { resolve, reject }));
  return Object.assign(gate, { promise }) as Gate;
}

function gated() {
  const asked: number[] = [];
  const gates: Gate[] = [];
  const flight = new SingleFlight((n: number) => {
    asked.push(n);
    const gate = gateOf();
    gates.push(gate);
    return gate.promise;
  });
  return { asked, gates, flight };
}

it('all who ask while work is on its way get what it comes to', async () => {
  const { asked, gates, flight } = gated();
  const answers = [1, 2, 3].map((n) => flight.run(n));
  expect(asked).toEqual([1]);
  expect(flight.isFlying).toBe(true);
  gates[0]?.resolve('one');
  expect(await Promise.all(answers)).toEqual(['one', 'one', 'one']);
  expect(flight.isFlying).toBe(false);
});

it('who asks when it is over begins anew, also after a failure', async () => {
  const { asked, gates, flight } = gated();
  const failing = [1, 2].map((n) => flight.run(n));
  gates[0]?.reject(new Error('gone'));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = flight.run(3);
  gates[1]?.resolve('three');
  expect(await next).toBe('three');
  expect(asked).toEqual([1, 3]);
});
