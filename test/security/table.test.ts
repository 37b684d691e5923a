import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TEST = fileURLToPath(new URL('..', import.meta.url));
const TABLE = readFileSync(new URL('README.md', import.meta.url), 'utf8');

/** Every row of the tables: its name, and what stands in its last column. */
const rows = [...TABLE.matchAll(/^\| ([AT]\d+) \|.*\| ([^|]+) \|$/gm)].map(([, name = '', held = '']) => ({
  name,
  held,
}));

const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);

describe('the table of attacks', () => {
  it('has a row for each finding and each threat, once and in order', () => {
    expect(rows.map((r) => r.name)).toEqual([...numbered('A', 21), ...numbered('T', 27)]);
  });

  it.each(rows)('$name names tests that exist', ({ held }) => {
    const cited = [...held.matchAll(/`([\w/.-]+\.test\.ts)`(?: "([^"]+)")?/g)];
    if (cited.length === 0) expect(held).toMatch(/^later: /);
    for (const [, file = '', title] of cited) {
      expect(existsSync(TEST + file), file).toBe(true);
      if (title !== undefined) expect(readFileSync(TEST + file, 'utf8').replaceAll("\\'", "'"), file).toContain(title);
    }
  });
});
