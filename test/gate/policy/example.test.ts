import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkPolicyFile } from '../../../src/gate/policy/offline.ts';

it('the example of the documentation is a good policy, whose cases hold', () => {
  const text = readFileSync(new URL('../../../docs/policy.example.yaml', import.meta.url), 'utf8');
  const file = 'policy.example.yaml';
  expect(checkPolicyFile({ file, text, configured: ['admin'] })).toBe(5);
  const wrong = text.replace(/verdict: deny,\s+rule: release-freeze/, 'verdict: allow');
  expect(() => checkPolicyFile({ file, text: wrong, configured: ['admin'] })).toThrow(
    /^policy.example.yaml:82:\d+: the rules say otherwise: deny by policy:release-freeze \(line \d+\)$/,
  );
});
