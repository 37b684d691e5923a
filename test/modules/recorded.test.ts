import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonSchemaOf } from '../../src/modules/kidl/jsonSchema.ts';
import { parseSpec } from '../../src/modules/kidl/parse.ts';
import { typedefParsing } from '../../src/modules/kidl/parsing.ts';
import { typedefText } from '../../src/modules/kidl/print.ts';

interface Recorded {
  readonly seq: number;
  readonly payload: { readonly params: readonly { readonly spec: string }[] };
  readonly expect: { readonly result: readonly Readonly<Record<string, string>>[] };
}

const { exchanges } = JSON.parse(
  readFileSync(new URL('../conformance/kbase-exchanges.json', import.meta.url), 'utf8'),
) as { exchanges: Recorded[] };
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
    expect(typedefText(named('SimpleType'), () => true)).toBe(info?.spec_def);
    expect(typedefParsing(named('SimpleType'))).toBe(info?.parsing_structure);
  });
});
