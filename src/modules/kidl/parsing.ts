import type { Annotations } from './annotations.ts';
import type { Funcdef, Parameter, Typedef, TypeNode } from './definition.ts';
import { compactJson, type Printable } from './jackson.ts';
import { searchableSubset } from './searchable.ts';

const KBT = 'Bio::KBase::KIDL::KBT::';

/**
 * What the KBase type compiler shows of a definition that it has read. Definitions that it uses show by their names
 * alone: in full, each would grow with all that it uses.
 */
export function typedefParsing({ type, annotations, comment, module, name }: Typedef): string {
  return compactJson(
    node('Typedef', {
      alias_type: typeParsing(type, name),
      annotations: annotationsParsing(type, annotations),
      comment,
      module,
      name,
    }),
  );
}

export function funcdefParsing({ name, async, parameters, returns, authentication, comment }: Funcdef): string {
  return compactJson(
    node('Funcdef', {
      annotations: new Map([['unknown_annotations', new Map()]]),
      async: async ? '1' : '0',
      authentication,
      comment,
      name,
      parameters: parameters.map(parameterParsing),
      return_type: returns.map(parameterParsing),
    }),
  );
}

const node = (kind: string, fields: Readonly<Record<string, Printable>>): Printable =>
  new Map<string, Printable>([['!', KBT + kind], ...Object.entries(fields)]);

const nothing: Printable = new Map();

function parameterParsing({ name, type }: Parameter): Printable {
  const shown: [string, Printable] = ['type', typeParsing(type)];
  return new Map(name === undefined ? [shown] : [['name', name], shown]);
}

function typeParsing(type: TypeNode, name?: string): Printable {
  switch (type.kind) {
    case 'named':
      return node('Typedef', { module: type.typedef.module, name: type.typedef.name });
    case 'object':
      return node('UnspecifiedObject', { annotations: nothing });
    case 'list':
      return node('List', { annotations: nothing, element_type: typeParsing(type.item) });
    case 'mapping':
      return node('Mapping', {
        annotations: nothing,
        key_type: typeParsing(type.key),
        value_type: typeParsing(type.value),
      });
    case 'tuple':
      return node('Tuple', {
        annotations: nothing,
        element_names: type.items.map((item, i) => item.name ?? `e_${i + 1}`),
        element_types: type.items.map((item) => typeParsing(item.type)),
      });
    case 'structure':
      return node('Struct', {
        annotations: nothing,
        items: type.fields.map((field) =>
          node('StructItem', { item_type: typeParsing(field.type), name: field.name, nullable: '0' }),
        ),
        ...(name === undefined ? {} : { name }),
      });
    default:
      return node('Scalar', { annotations: nothing, scalar_type: type.kind });
  }
}

function annotationsParsing(type: TypeNode, annotations: Annotations): Printable {
  const { id, metadata, optional, range, searchable, unknown } = annotations;
  const extracted = metadata.map(({ name, expression }) => [name, expression] as const);
  const empty = new Map([
    ['fields', nothing],
    ['keys', nothing],
  ]);
  const ofId =
    id &&
    new Map<string, Printable>([
      ['attributes', id.attributes],
      ['type', id.idType],
    ]);
  const ofRange = range && new Map(Object.entries(range).map(([key, value]) => [key, String(value)]));
  return new Map<string, Printable>([
    ...(ofId === undefined ? [] : [['id', ofId] as const]),
    ['metadata', new Map([['ws', new Map([...extracted].sort(([a], [b]) => (a < b ? -1 : 1)))]])],
    ...(optional === undefined ? [] : [['optional', optional] as const]),
    ...(ofRange === undefined ? [] : [['range', ofRange] as const]),
    ['searchable_ws_subset', searchableSubset(type, searchable) ?? empty],
    ['unknown_annotations', unknown],
  ]);
}
