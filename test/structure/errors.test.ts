import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue, type Reason } from '../../src/base/errors.ts';
import { messageShape } from '../../src/operations/discovery/errors.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const reasons = Object.keys(catalogue);

function code(): string {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts') && f !== 'errors.ts')
    .map((f) => readFileSync(join(ROOT, 'src', f), 'utf8'))
    .join('\n');
}

describe('the catalogue of errors', () => {
  it('has only errors that the code throws', () => {
    const source = code();
    expect(reasons.filter((reason) => !source.includes(`'${reason}'`))).toEqual([]);
  });

  it('declares the arguments that each message shows', () => {
    for (const [reason, { message }] of Object.entries(catalogue)) {
      const { places } = message;
      const shape = messageShape(reason as Reason);
      expect(shape.match(/‹\w+›/g) ?? [], reason).toEqual(places.map((place) => `‹${place}›`));
    }
    expect(messageShape('subject_not_allowed')).toBe('The administrator ‹user› may not run ‹command› as ‹subject›');
  });

  it('has advice for every error', () => {
    for (const entry of Object.values(catalogue)) expect(entry.advice).toMatch(/^\S.*\.$/s);
  });
});
