import type { IdReference, Range } from '../dataType.ts';
import type { Annotations } from './annotations.ts';
import { type Typedef, type TypeNode, underlying } from './definition.ts';
import { literal, type Printable, prettyJson } from './jackson.ts';
import { integerRange } from './range.ts';
import { printableSubset, searchableSubset } from './searchable.ts';

type Entries = [string, Printable][];

/** The JSON Schema (draft 4, with KBase's own keywords) of a type, as the same text that KBase writes. */
export function jsonSchemaOf(typedef: Typedef): string {
  const { name, comment, type, annotations } = typedef;
  const head: Entries = [
    ['id', name],
    ['description', comment],
  ];
  return prettyJson(new Map([...head, ...schema(type, annotations), ...storageKeywords(type, annotations)]));
}

/** Keywords of the outermost structure only. */
function storageKeywords(type: TypeNode, annotations: Annotations): Entries {
  if (type.kind !== 'structure') return [];
  const subset = searchableSubset(type, annotations);
  const extracted = annotations.metadata.map(({ name, expression }) => [name, expression] as const).sort(byKey);
  return [
    ...(subset === undefined ? [] : [['searchable-ws-subset', printableSubset(subset)] as [string, Printable]]),
    ...(extracted.length === 0 ? [] : [['metadata-ws', new Map(extracted)] as [string, Printable]]),
  ];
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : a > b ? 1 : 0);

/** @param annotations those of the definition whose type this is, if it is one */
function schema(type: TypeNode, annotations?: Annotations): Entries {
  switch (type.kind) {
    case 'named':
      return schema(type.typedef.type, type.typedef.annotations);
    case 'int':
      return [
        ...heading('integer', 'int'),
        ...idReference(annotations?.id),
        ...bounds(annotations?.range && integerRange(annotations.range)),
      ];
    case 'float':
      return [...heading('number', 'float'), ...idReference(annotations?.id), ...bounds(annotations?.range)];
    case 'string':
      return [...heading('string', 'string'), ...idReference(annotations?.id)];
    case 'object':
      return heading('object', 'UnspecifiedObject');
    case 'list':
      return [...heading('array', 'list'), ['items', new Map(schema(type.item))]];
    case 'mapping':
      return [
        ...heading('object', 'mapping'),
        ['additionalProperties', new Map(schema(type.value))],
        ...idReference(idOfKey(type.key)),
      ];
    case 'tuple':
      return [
        ...heading('array', 'tuple'),
        ['maxItems', literal(type.items.length)],
        ['minItems', literal(type.items.length)],
        ['items', type.items.map((item) => new Map(schema(item.type)))],
      ];
    case 'structure': {
      const required = type.fields.map((f) => f.name).filter((name) => !annotations?.optional?.includes(name));
      return [
        ...heading('object', 'structure'),
        ['properties', new Map(type.fields.map((field) => [field.name, new Map(schema(field.type))]))],
        ['additionalProperties', literal(true)],
        ...(required.length === 0 ? [] : [['required', required] as [string, Printable]]),
      ];
    }
  }
}

const heading = (type: string, original: string): Entries => [
  ['type', type],
  ['original-type', `kidl-${original}`],
];

function idReference(id: IdReference | undefined): Entries {
  if (id === undefined) return [];
  const fields: Entries = [
    ['attributes', id.attributes],
    ['id-type', id.idType],
  ];
  return [['id-reference', new Map(fields)]];
}

const SCALARS: ReadonlySet<TypeNode['kind']> = new Set(['int', 'float', 'string']);

/** The id annotation of a mapping's key, which may be behind a typedef. */
export function idOfKey(key: TypeNode): IdReference | undefined {
  if (key.kind !== 'named' || !SCALARS.has(underlying(key).kind)) return undefined;
  const { type, annotations } = key.typedef;
  return type.kind === 'named' ? idOfKey(type) : annotations.id;
}

function bounds(range: Range | undefined): Entries {
  const { min, max, minExclusive, maxExclusive } = range ?? {};
  return [
    ...(maxExclusive ? [['exclusiveMaximum', literal(true)] as [string, Printable]] : []),
    ...(minExclusive ? [['exclusiveMinimum', literal(true)] as [string, Printable]] : []),
    ...(max === undefined ? [] : [['maximum', literal(max)] as [string, Printable]]),
    ...(min === undefined ? [] : [['minimum', literal(min)] as [string, Printable]]),
  ];
}
