import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/base/schemas/generated.ts';
import { renderRecord, renderResult } from '../../src/cli/render.ts';
import { inLines, jsonLines, onOneLine } from '../../src/cli/terminal.ts';

const HOSTILE = 'a\n\tb\u001b[31m\u0007\u009b2J\u200f\u061c\u202a\u202e\u2066\u2069\u2028\r\nc\rd';
/** Sequences that control a terminal, change the direction of writing, or return to the beginning of the line. */
const SEIZING = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

const ENTRY = {
  record: 'r-0',
  at: '2026-11-24T00:00:00.000Z',
  via: 'command',
  command: HOSTILE,
  outcome: 'success',
  actor: { id: HOSTILE, name: HOSTILE },
  subject: { id: HOSTILE, name: HOSTILE },
  authority: 'admin',
  params: { [HOSTILE]: HOSTILE },
  reason: HOSTILE,
  changes: [],
  resources: [],
  requestId: 'q',
  address: HOSTILE,
  hash: 'h',
} as unknown as AuditEntry;

describe('a text from elsewhere', () => {
  it.each<[string, string]>([
    ['on one line', onOneLine(HOSTILE)],
    ['in lines', inLines(HOSTILE)],
    ['as JSON', jsonLines({ [HOSTILE]: HOSTILE }, 2)],
    ['as a result', renderResult(HOSTILE)],
    ['as fields', renderResult({ [HOSTILE]: HOSTILE, list: [{ [HOSTILE]: HOSTILE }] })],
    ['as a table', renderResult([{ [HOSTILE]: HOSTILE }, { b: [HOSTILE] }])],
    ['as a list', renderResult([HOSTILE, HOSTILE])],
    ['as an audit record', renderRecord(ENTRY)],
  ])('does not control the terminal: %s', (_, shown) => {
    expect(shown).not.toMatch(SEIZING);
    expect(shown).toContain('\\u202e');
  });

  it('keeps its line breaks where there is room, with further lines indented', () => {
    expect(inLines('one\ntwo\r\nthree')).toBe('one\n  two\n  three');
    expect(renderResult('one\ntwo')).toBe('one\ntwo');
    expect(renderResult({ name: 'x', description: 'one\ntwo' })).toBe(
      'name         x\ndescription  one\n             two',
    );
  });

  it('cannot fake a line in a table or among audit records', () => {
    expect(renderResult([{ a: 'one\ntwo', b: 1 }])).toBe('a        b\none↵two  1');
    expect(renderRecord(ENTRY)).not.toContain('\n');
  });

  it('is unchanged after parsing the JSON', () => {
    expect(JSON.parse(jsonLines({ [HOSTILE]: [HOSTILE] }, 2))).toEqual({ [HOSTILE]: [HOSTILE] });
  });
});
