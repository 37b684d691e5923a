import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Module } from '../../../src/domain/modules/kidl/definition.ts';
import { jsonSchemaOf } from '../../../src/domain/modules/kidl/jsonSchema.ts';
import { parseSpec } from '../../../src/domain/modules/kidl/parse.ts';
import { funcdefParsing, moduleParsing, typedefParsing } from '../../../src/domain/modules/kidl/parsing.ts';
import { funcdefText, typedefText } from '../../../src/domain/modules/kidl/print.ts';

interface Recorded {
  readonly seq: number;
  readonly payload: { readonly params: readonly { readonly spec: string }[] };
  readonly expect: { readonly result: readonly Readonly<Record<string, string>>[] };
}

const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const { exchanges } = read<{ exchanges: Recorded[] }>('../../conformance/kbase-exchanges.json');
const recorded = (seq: number) => exchanges.find((e) => e.seq === seq) ?? expect.fail(`no exchange ${seq}`);

describe('what a recorded KBase Workspace Service made of a specification', () => {
  const { typedefs } = parseSpec(recorded(160).payload.params[0]?.spec ?? '', new Map());
  const named = (name: string) => typedefs.get(name) ?? expect.fail(`no type ${name}`);

  it('is made of it here, to the byte: its JSON Schema', () => {
    const schemas = recorded(160).expect.result[0];
    expect(jsonSchemaOf(named('SimpleType'))).toBe(schemas?.['PeerTest.SimpleType-0.1']);
    expect(jsonSchemaOf(named('RefType'))).toBe(schemas?.['PeerTest.RefType-0.1']);
  });

  it('is made of it here, to the byte: the text and the parsing that are shown of a type', () => {
    const info = recorded(175).expect.result[0];
    expect(typedefText(named('SimpleType'), () => undefined)).toBe(info?.spec_def);
    expect(typedefParsing(named('SimpleType'))).toBe(info?.parsing_structure);
  });
});

/** A released version of a module in a KBase type database, and what the service showed of its types and functions. */
interface KBaseModule {
  readonly module: string;
  readonly spec: string;
  readonly includes: Readonly<Record<string, number>>;
  readonly types: Readonly<Record<string, string>>;
  readonly chsum: string;
  readonly schemas: Readonly<Record<string, string>>;
  readonly shown: Readonly<Record<string, { readonly spec_def: string; readonly parsing_structure: string }>>;
}

describe('a module of a KBase type database', () => {
  const all = read<KBaseModule[]>('./kbaseModules.json');
  const newest = new Map(all.map((one) => [one.module, one]));
  const compile = ({ spec, includes }: KBaseModule): Module =>
    parseSpec(spec, new Map(Object.keys(includes).map((name) => [name, compile(newest.get(name) ?? expect.fail())])));

  it.each(all.map((one) => [one.module, one] as const))(
    '%s has its checksum, schemas, texts and parsings',
    (_, one) => {
      const compiled = compile(one);
      const hash = createHash('md5');
      for (const part of moduleParsing(compiled)) hash.update(part);
      expect(hash.digest('hex')).toBe(one.chsum);
      const made = Object.keys(one.schemas).map((name) => {
        const typedef = compiled.typedefs.get(name) ?? expect.fail(`no type ${name}`);
        return [name, jsonSchemaOf(typedef)];
      });
      expect(Object.fromEntries(made)).toEqual(one.schemas);
      for (const [id, shown] of Object.entries(one.shown)) {
        expect([id, textsOf(compiled, id, one)]).toEqual([id, shown]);
      }
    },
  );

  function textsOf(compiled: Module, id: string, one: KBaseModule) {
    const name = id.slice(id.indexOf('.') + 1, id.indexOf('-'));
    const versionOf = ({ module, name }: { module: string; name: string }) =>
      (module === one.module ? one : newest.get(module))?.types[name];
    const typedef = compiled.typedefs.get(name);
    if (typedef !== undefined) {
      return { spec_def: typedefText(typedef, versionOf), parsing_structure: typedefParsing(typedef) };
    }
    const func = compiled.funcdefs.get(name) ?? expect.fail(`no function ${name}`);
    return { spec_def: funcdefText(func, one.module, versionOf), parsing_structure: funcdefParsing(func) };
  }
});
