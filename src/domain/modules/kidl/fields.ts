import type { Extraction } from '../dataType.ts';
import type { Annotations } from './annotations.ts';
import { type TypeNode, underlying } from './definition.ts';
import { Problem } from './specError.ts';

/** `@optional` must name fields of the defined structure. @throws Problem */
export function assertOptional(type: TypeNode, { optional = [] }: Annotations): void {
  if (type.kind !== 'structure') return;
  const fields = new Set(type.fields.map((field) => field.name));
  const strange = optional.filter((name) => !fields.has(name));
  if (strange.length > 0) {
    throw new Problem(`Can not find field(s) from optional annotation in structure: [${strange.join(', ')}]`);
  }
}

/** `@metadata` must name existing fields with a single value. @throws Problem */
export function assertMetadata(type: TypeNode, metadata: readonly Extraction[]): void {
  for (const { expression } of metadata) {
    const [, measured] = /^length\((.*)\)$/.exec(expression) ?? [];
    const path = measured ?? expression;
    assertExtractable(path, measured !== undefined, fieldAt(type, path));
  }
}

function fieldAt(type: TypeNode, path: string): TypeNode {
  let at = type;
  for (const name of path.split('.')) {
    const structure = underlying(at);
    const field = structure.kind === 'structure' ? structure.fields.find((f) => f.name === name) : undefined;
    if (field === undefined) throw invalid(`could not identify field named:'${path}'`);
    at = field.type;
  }
  return at;
}

function assertExtractable(path: string, measured: boolean, type: TypeNode): void {
  const { kind } = underlying(type);
  switch (kind) {
    case 'string':
      return;
    case 'int':
    case 'float':
      if (measured) {
        throw invalid(`if you are selecting an int or float for metadata, you cannot use: length(${path})`);
      }
      return;
    case 'list':
    case 'mapping':
    case 'tuple':
      if (!measured) throw invalid(`if you are selecting a ${kind} for metadata, you must use: length(${path})`);
      return;
    default:
      throw invalid(
        `you can only select fields that are scalars, lists, tuples, or mappings; '${path}' is not one of these.`,
      );
  }
}

const invalid = (why: string) => new Problem(`metadata annotation is invalid, ${why}`);
