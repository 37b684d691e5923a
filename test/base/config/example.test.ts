import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configSchema, KEYS, variableOf } from '../../../src/base/config/keys.ts';
import { loadConfig } from '../../../src/base/config/load.ts';
import { temporaryFiles } from './files.ts';

const path = fileURLToPath(new URL('../../../deploy.cfg.example', import.meta.url));
const example = readFileSync(path, 'utf8');
const write = temporaryFiles();

/** The keys in the example, commented out, with their values. */
const shown = new Map(
  [...example.matchAll(/^#([a-z0-9-]+) =[ \t]*(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
);

it('deploy.cfg.example works as it is, and changes nothing', () => {
  const loaded = loadConfig({ file: path, env: {} });
  expect(loaded.warnings).toEqual([]);
  expect(loaded.config).toEqual(loadConfig({ env: {} }).config);
});

it('deploy.cfg.example shows every key of the schema, and no other', () => {
  expect([...shown.keys()].sort()).toEqual([...KEYS].sort());
});

describe('deploy.cfg.example shows', () => {
  const withDefault = KEYS.filter((key) => configSchema.properties[key].default !== undefined);
  it.each(withDefault)('the default of %s', (key) => {
    expect(shown.get(key)).toBe([configSchema.properties[key].default].flat().join(', '));
  });

  const keyFiles = KEYS.filter((key) => key.endsWith('-file'));
  const others = KEYS.filter((key) => !keyFiles.includes(key));
  it('values that work when they are uncommented', () => {
    const text = others.reduce((all, key) => all.replace(`#${key} =`, `${key} =`), example);
    const { config, warnings } = loadConfig({ file: write('on.cfg', text), env: {} });
    expect(warnings).toEqual([]);
    for (const key of others) expect([config[key]].flat().join(', '), key).toBe(shown.get(key));
  });
});

describe('every key', () => {
  it.each(KEYS)('%s has a description', (key) => expect(configSchema.properties[key].description).toMatch(/^\S.*\S$/));
  it('has a variable of its own', () => expect(new Set(KEYS.map(variableOf)).size).toBe(KEYS.length));
});
