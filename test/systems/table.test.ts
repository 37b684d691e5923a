import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const HERE = new URL('.', import.meta.url);
const TEST = fileURLToPath(new URL('..', HERE));

/** The systems whose clients find their own interface here: a table for each. */
const SYSTEMS = ['gnode', 'iiif', 'image-artist', 'kbase', 'oracle-analytics'];

const tables = readdirSync(HERE).filter((file) => file.endsWith('.md'));

interface Row {
  readonly number: string;
  readonly statement: string;
  readonly held: string;
}

function rowsOf(table: string): Row[] {
  const text = readFileSync(new URL(table, HERE), 'utf8');
  return [...text.matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)].map(([, number = '', statement = '', held = '']) => ({
    number,
    statement,
    held,
  }));
}

describe('the tables of the systems', () => {
  it('are one for each system', () => {
    expect(tables.sort()).toEqual(SYSTEMS.map((system) => `${system}.md`));
  });

  it.each(tables)('number their rows in order: %s', (table) => {
    const rows = rowsOf(table);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map((row) => row.number)).toEqual(rows.map((_, i) => `${i + 1}`));
  });

  it.each(tables.flatMap((table) => rowsOf(table).map((row) => [`${table} ${row.number}`, row] as const)))(
    'name tests that exist: %s',
    (_, { held }) => {
      const cited = [...held.matchAll(/`([\w/.-]+\.test\.ts)`((?:,? "[^"]+")*)/g)];
      expect(cited).not.toEqual([]);
      for (const [, file = '', titles = ''] of cited) {
        expect(existsSync(TEST + file), file).toBe(true);
        const source = readFileSync(TEST + file, 'utf8').replaceAll("\\'", "'");
        for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g)) expect(source, file).toContain(title);
      }
    },
  );
});
