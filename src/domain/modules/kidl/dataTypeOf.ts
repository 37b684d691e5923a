import type { DataType, StorableType } from '../dataType.ts';
import type { Annotations } from './annotations.ts';
import type { Typedef, TypeNode } from './definition.ts';
import { idOfKey } from './jsonSchema.ts';
import { integerRange } from './range.ts';

const resolved = new WeakMap<Typedef, DataType>();

/** The type that data is checked against; undefined for a type that no object can be saved as. */
export function storableTypeOf(typedef: Typedef, typestring: string): StorableType | undefined {
  const data = dataTypeOf(typedef);
  return data.kind === 'structure' ? { typestring, data, metadata: typedef.annotations.metadata } : undefined;
}

/** One object for each definition. */
function dataTypeOf(typedef: Typedef): DataType {
  const known = resolved.get(typedef);
  if (known !== undefined) return known;
  const made = resolve(typedef.type, typedef.annotations);
  resolved.set(typedef, made);
  return made;
}

function resolve(type: TypeNode, annotations?: Annotations): DataType {
  switch (type.kind) {
    case 'named':
      return dataTypeOf(type.typedef);
    case 'int': {
      const range = annotations?.range;
      return range === undefined ? { kind: 'int' } : { kind: 'int', range: integerRange(range) };
    }
    case 'float': {
      const range = annotations?.range;
      return range === undefined ? { kind: 'float' } : { kind: 'float', range };
    }
    case 'string':
      return annotations?.id === undefined ? { kind: 'string' } : { kind: 'string', id: annotations.id };
    case 'object':
      return { kind: 'object' };
    case 'list':
      return { kind: 'list', item: resolve(type.item) };
    case 'mapping': {
      const id = idOfKey(type.key);
      const key: DataType = id === undefined ? { kind: 'string' } : { kind: 'string', id };
      return { kind: 'mapping', key, value: resolve(type.value) };
    }
    case 'tuple':
      return { kind: 'tuple', items: type.items.map((item) => resolve(item.type)) };
    case 'structure': {
      const optional = new Set(annotations?.optional);
      const field = ({ name, type }: (typeof fields)[number]) => ({
        name,
        type: resolve(type),
        optional: optional.has(name),
      });
      const { fields } = type;
      return { kind: 'structure', fields: fields.map(field) };
    }
  }
}
