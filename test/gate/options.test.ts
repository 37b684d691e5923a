import { expect, it } from 'vitest';
import { decode } from '../../src/gate/decode.ts';
import { readOptions } from '../../src/gate/options.ts';

const PLAN = '0123456789abcdef'.repeat(4);
const options = (sent: object) => readOptions(decode({ command: 'x', ...sent }));

it.each([
  [{}, { dryRun: false }],
  [{ dryRun: false }, { dryRun: false }],
  [{ dryRun: true }, { dryRun: true }],
  [
    { dryRun: false, plan: PLAN },
    { dryRun: false, plan: PLAN },
  ],
  [
    { reason: 'r', idempotencyKey: 'k' },
    { dryRun: false, reason: 'r', idempotencyKey: 'k' },
  ],
  [{ reason: 'r'.repeat(1000) }, { dryRun: false, reason: 'r'.repeat(1000) }],
  [{ idempotencyKey: '\u{1F600}'.repeat(255) }, { dryRun: false, idempotencyKey: '\u{1F600}'.repeat(255) }],
])('options are taken as they are sent: %j', (sent, taken) => {
  expect(options(sent)).toEqual(taken);
});

const DRY_RUN = 'dryRun must be the JSON boolean true or false';
const REASON = 'reason must be a text of 1 to 1000 characters';
const KEY = 'idempotencyKey must be a text of 1 to 255 characters';
const OF_PLAN = 'plan must be the `plan` that a dry run answered: 64 hexadecimal digits';
it.each<[object, string]>([
  ...[1, 'true', null, {}].map((dryRun): [object, string] => [{ dryRun }, DRY_RUN]),
  ...[null, 5, '', ' \n', 'r'.repeat(1001), 'half \ud800'].map((reason): [object, string] => [{ reason }, REASON]),
  ...[null, '', 'k'.repeat(256), '\udc00'].map((idempotencyKey): [object, string] => [{ idempotencyKey }, KEY]),
  ...[null, '', `${PLAN}0`, `x${PLAN}`, PLAN.slice(1), PLAN.toUpperCase(), [PLAN]].map((plan): [object, string] => [
    { plan },
    OF_PLAN,
  ]),
  [{ dryRun: true, plan: PLAN }, 'dryRun makes a plan and plan carries one out: send only one of the two'],
])('an option in another form is refused: %j', (sent, said) => {
  expect(() => options(sent)).toThrow(expect.objectContaining({ reason: 'option_invalid', message: said }));
});
