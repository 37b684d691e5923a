import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { PATTERNS_IN_WORDS } from '../../src/base/schemas/patterns.ts';
import { fits, type JsonSchema, problemWith, schemaOf } from '../../src/base/schemas/validator.ts';
import { allCommands, allMethods, rpcMethods } from '../../src/operations/index.ts';
import { LONG } from '../support/long.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('the schemas', () => {
  it('are JSON Schemas with the ids of their files', () => {
    const ajv = new Ajv();
    const files = readdirSync(`${ROOT}/schemas`, { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.json'),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const schema = JSON.parse(readFileSync(`${ROOT}/schemas/${file}`, 'utf8'));
      expect(ajv.validateSchema(schema), `${file}: ${ajv.errorsText()}`).toBe(true);
      expect(schema.$id).toBe(basename(file));
    }
  });

  it('have patterns that messages say in words, and no words are left over', () => {
    const patterns = new Set<string>();
    const collect = (schema: unknown): void => {
      if (schema === null || typeof schema !== 'object') return;
      if ('pattern' in schema && typeof schema.pattern === 'string') patterns.add(schema.pattern);
      Object.values(schema).forEach(collect);
    };
    for (const file of readdirSync(`${ROOT}/schemas`, { recursive: true, encoding: 'utf8' })) {
      if (file.endsWith('.json')) collect(JSON.parse(readFileSync(`${ROOT}/schemas/${file}`, 'utf8')));
    }
    expect(Object.keys(PATTERNS_IN_WORDS).sort()).toEqual([...patterns].sort());
  });

  // additions.test.ts makes the types too, with those of another command.
  it.runIf(LONG)('are the source of the committed types', () => {
    expect(() => execFileSync('node', ['schemas/generate.mjs', '--check'], { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
  });

  it('are beside the reasons for which each command may be refused, as the code has them', () => {
    expect(() => execFileSync('node', ['.scripts/reasons.mjs', '--check'], { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
  });

  it('exist for exactly the commands', () => {
    const files = readdirSync(`${ROOT}/schemas/commands`).map((f) => f.replace('.json', ''));
    expect(files.sort()).toEqual(allCommands.map((c) => c.name).sort());
  });

  it('exist for exactly the methods', () => {
    const files = readdirSync(`${ROOT}/schemas/methods`).map((f) => f.replace('.json', ''));
    expect(files.sort()).toEqual(
      rpcMethods.map((m) => m.name.replace(/^(Workspace|rpc)\./, '').replace('.', '_')).sort(),
    );
  });

  it('exist for exactly the methods of the dialects', () => {
    const files = readdirSync(`${ROOT}/schemas/dialects`).map((f) => f.replace('.json', ''));
    const names = allMethods.filter((m) => m.dialectOnly).map((m) => m.name.replace('.', '_'));
    expect(files.sort()).toEqual(names.sort());
  });

  it.each([...allCommands, ...allMethods].map((c) => [c.name, c] as const))(
    'say of every parameter of %s what it means',
    (_, { params }) => {
      const properties = (params === undefined ? {} : (schemaOf(params).properties ?? {})) as Record<
        string,
        JsonSchema
      >;
      for (const [name, { description }] of Object.entries(properties)) {
        expect(description, name).toMatch(/^\S.*\S$/);
      }
    },
  );

  it.each(allCommands.map((c) => [c.name, c] as const))(
    'compile for %s, and refuse a key nobody knows',
    (_, command) => {
      expect(schemaOf(command.result)).toBeDefined();
      expect(problemWith(command.params, { 'no such key': 1 }, 'params')).toBeDefined();
      expect(fits(command.result, Symbol('nothing has this type'))).toBe(false);
    },
  );

  it.each(allCommands.map((c) => [c.name, c] as const))(
    'go with a declaration of %s that says in one sentence what it does',
    (name, command) => {
      expect(name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(command.summary).toMatch(/^[A-Z].{10,160}\.$/);
      expect(command.summary.slice(0, -1)).not.toMatch(/\. /);
    },
  );

  it.each(allCommands.map((c) => [c.name, c] as const))('fit the examples of %s', (_, command) => {
    expect(command.examples.length).toBeGreaterThan(0);
    for (const { params, user } of command.examples) {
      expect(problemWith(command.params, params ?? {}, 'params')).toBeUndefined();
      if (command.user !== 'optionalSubject') {
        expect(user !== undefined).toBe(command.user === 'target' || command.user === 'subject');
      }
    }
  });
});
