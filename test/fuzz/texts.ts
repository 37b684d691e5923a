import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { ROOT } from '../docs/pages.ts';
import { hostileText } from './hostile.ts';

/** Texts in the formats that operators and users write: mostly valid lines, in any order, some of them changed. */

const readLines = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8').split('\n');

/** One change of a text. */
const edit = fc.record({
  at: fc.nat(),
  remove: fc.integer({ min: 0, max: 6 }),
  insert: fc.oneof(
    hostileText,
    fc.constantFrom('{', '}', '[', ']', '<', '>', '(', ')', ';', ':', ',', '"', '#', '*/', '/*', '&x', '*x', '!!', '|'),
  ),
});

function edited(text: string, { at, remove, insert }: { at: number; remove: number; insert: string }): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + insert + text.slice(start + remove);
}

/** The texts, and the texts with a few changes. */
const editedText = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(texts, fc.oneof(fc.constant([]), fc.array(edit, { maxLength: 3 })))
    .map(([text, edits]) => edits.reduce((before, change) => edited(before, change), text));

/** Lines of a file without those that would have the service read other files of this host. */
const configLines = readLines('deploy.cfg.example')
  .map((line) => line.replace(/^#\s?(?=[a-z0-9-]+ *=)/, ''))
  .filter((line) => line !== '' && !line.startsWith('#') && !/-file\b|data-dir|spool/.test(line));
const configKeys = [...new Set(configLines.flatMap((line) => /^([a-z0-9-]+) *=/.exec(line)?.[1] ?? []))];
const configValues = fc.oneof(
  hostileText,
  fc.constantFrom(
    'true',
    'false',
    '0',
    '-1',
    '1e9',
    '65536',
    'a,b,,c',
    'http://x',
    'https://[::1]:x/',
    'mongodb://a:b@h',
    '::/0',
  ),
  fc.constantFrom('10.0.0.0/33', 'id:', 'ann, ann', '{"a":1}', '$(HOME)', '99999999999999999999', 'smtp://u:p@h:99999'),
);

export const configTexts: fc.Arbitrary<string> = editedText(
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...configLines) },
        {
          weight: 2,
          arbitrary: fc.tuple(fc.constantFrom(...configKeys), configValues).map(([key, value]) => `${key} = ${value}`),
        },
      ),
      { maxLength: 12 },
    )
    .map((lines) => ['[Workspace]', ...lines, ''].join('\n')),
);

const policyExample = readLines('docs/policy.example.yaml').join('\n');
const policyRule = fc
  .record({
    who: fc.constantFrom('anybody', 'ann', 'role:x', 'admins', 'id:', 'service:p', '*', ''),
    command: fc.constantFrom('lockWorkspace', 'addAdmin', '*', 'group:reads', 'group:none', 'setAcl', 'listUsers', ''),
    where: fc.constantFrom(
      '{}',
      '{ type: 1 }',
      '{ pattern: "(" }',
      '{ properties: { user: { pattern: "(a+)+$" } } }',
      '{ $ref: "#/x" }',
      '{ not: {} }',
      '{ required: [__proto__] }',
      '{ properties: { __proto__: { type: string } } }',
      '{ minimum: 1e999 }',
    ),
    when: fc.constantFrom(
      '{}',
      '{ hours: "25:00-1" }',
      '{ timezone: Mars/X }',
      '{ weekdays: [] }',
      '{ until: 2026-02-30 }',
    ),
    from: fc.constantFrom('[]', '[10.0.0.0/99]', '["::/0"]', '[x]'),
    require: fc.constantFrom(
      '{}',
      '{ reason: "(" }',
      '{ reason: true }',
      '{ ticket: { maxMinutes: 0 } }',
      '{ approvals: { count: -1 } }',
    ),
  })
  .map(
    ({ who, command, where, when, from, require }) =>
      `  - { name: r, who: ["${who}"], commands: ["${command}"], where: ${where}, when: ${when}, from: ${from}, require: ${require}, allow: true }`,
  );

export const policyTexts: fc.Arbitrary<string> = editedText(
  fc.oneof(
    fc.constant(policyExample),
    fc.array(policyRule, { maxLength: 3 }).map((rules) => ['rules:', ...rules, ''].join('\n')),
  ),
);

/** Mostly types that are there. */
const typeName = fc
  .oneof(
    { weight: 8, arbitrary: fc.constantFrom('int', 'float', 'string', 'UnspecifiedObject', 'Thing', 'list<Thing>') },
    { weight: 1, arbitrary: fc.constantFrom('More', 'Other.T', '__proto__', 'constructor', 'list', 'Thing b, int') },
  )
  .chain((name) =>
    fc.constantFrom(
      name,
      `list<${name}>`,
      `mapping<string, ${name}>`,
      `mapping<${name}, int>`,
      `tuple<${name}, ${name} b>`,
    ),
  );
const annotation = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  fc.constantFrom(
    '/* @optional a b */',
    '/* @id ws */',
    '/* @id ws Owned.Thing */',
    '/* @range [0,1) */',
    '/* @range (,-1e400] */',
    '/* @metadata ws a as c */',
    '/* @metadata ws a.b as c */',
    '/* @metadata ws length(a) */',
    '/* @searchable ws_subset a.[*].b */',
    '/* @searchable ws_subset a keys_of(b) */',
    '/* @deprecated Owned.Thing */',
    '/* @authentication none */',
    '/* @@ */',
  ),
);
const fieldName = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'length');
const definition = fc
  .record({
    comment: annotation,
    name: fc.constantFrom('More', 'Third', 'Fourth', 'Fifth', '__proto__', 'constructor', 'int'),
    fields: fc.uniqueArray(fc.tuple(typeName, fieldName), {
      maxLength: 4,
      selector: ([, field]) => field,
    }),
    alias: typeName,
    kind: fc.constantFrom('structure', 'structure', 'structure', 'alias', 'funcdef', 'auth'),
  })
  .map(({ comment, name, fields, alias, kind }) => {
    const inner = fields.map(([type, field]) => `${type} ${field};`).join(' ');
    const text = {
      structure: `${comment} typedef structure { ${inner} } ${name};`,
      alias: `${comment} typedef ${alias} ${name};`,
      auth: 'authentication required;',
      funcdef: `${comment} funcdef f_${name}(${alias} x) returns (${alias}) authentication optional;`,
    };
    return { name, text: text[kind] };
  });
const definitions = fc
  .uniqueArray(definition, { maxLength: 4, selector: ({ name }) => name })
  .map((all) => ['typedef structure { int n; } Thing;', ...all.map(({ text }) => text)].join('\n'));
const head = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  fc.constantFrom('#include <Other>\n', '#include <Owned>\n', '/* about */'),
);

/** Specifications of the module Owned in KBase's interface language. */
export const specTexts: fc.Arbitrary<string> = editedText(
  fc.tuple(head, definitions).map(([before, inner]) => `${before}module Owned { ${inner} };`),
);
