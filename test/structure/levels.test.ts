import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

it('only the decision compares levels', () => {
  const comparing = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts') && f !== join('domain', 'access', 'decide.ts'))
    .filter((f) => /\.?level\s*(===|!==|[<>]=?)\s*'(read|write|admin|owner)'/.test(readFileSync(join(SRC, f), 'utf8')));
  expect(comparing).toEqual([]);
});
