import { type JsonEvents, MalformedJson, readJson, type ScalarKind } from '../../base/json/reader.ts';
import type { DataType, Extraction, IdReference, Range, StorableType } from './dataType.ts';
import { decimalText } from './kidl/range.ts';

/** A type of KIDL has at most 50 levels, each of which takes three in its schema. */
const MAX_DEPTH = 200;

/** Thrown when a text is not the JSON Schema of a KBase type. */
export class SchemaProblem extends Error {}

/**
 * The type that a JSON Schema of a KBase service describes; undefined for a type that no object can be saved as.
 *
 * @throws SchemaProblem
 */
export async function storableTypeOfSchema(typestring: string, schema: string): Promise<StorableType | undefined> {
  const root = await treeOf(schema);
  const data = dataTypeOf(root);
  if (textAt(root, 'original-type') !== 'kidl-structure' || data.kind !== 'structure') return undefined;
  return { typestring, data, metadata: extractionsIn(root) };
}

type Node = string | NumberText | boolean | null | readonly Node[] | ReadonlyMap<string, Node>;
type ObjectNode = ReadonlyMap<string, Node>;

/** A number as text, since a bound may be too large for a JavaScript number. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function dataTypeOf(node: Node | undefined): DataType {
  if (!isObject(node)) throw new SchemaProblem('a type is not described by an object');
  switch (node.get('type')) {
    case 'string':
      return { kind: 'string', ...idIn(node) };
    case 'integer':
      return { kind: 'int', ...rangeIn(node) };
    case 'number':
      return { kind: 'float', ...rangeIn(node) };
    case 'array':
      return listOrTuple(node.get('items'));
    case 'object':
      return objectType(node);
    default:
      throw new SchemaProblem('a type is not string, integer, number, array or object');
  }
}

const listOrTuple = (items: Node | undefined): DataType =>
  Array.isArray(items)
    ? { kind: 'tuple', items: items.map((item: Node) => dataTypeOf(item)) }
    : { kind: 'list', item: dataTypeOf(items) };

function objectType(node: ObjectNode): DataType {
  const properties = node.get('properties');
  if (isObject(properties)) {
    const required = new Set(textsIn(node.get('required')));
    const fields = [...properties].map(([name, inner]) => ({
      name,
      type: dataTypeOf(inner),
      optional: !required.has(name),
    }));
    return { kind: 'structure', fields };
  }
  const value = node.get('additionalProperties');
  if (!isObject(value)) return { kind: 'object' };
  return { kind: 'mapping', key: { kind: 'string', ...idIn(node) }, value: dataTypeOf(value) };
}

function idIn(node: ObjectNode): { readonly id?: IdReference } {
  const reference = node.get('id-reference');
  if (reference === undefined) return {};
  const idType = isObject(reference) ? textAt(reference, 'id-type') : undefined;
  if (!isObject(reference) || idType === undefined) throw new SchemaProblem('an id-reference has no id-type');
  // Old schemas use the former name of the attributes.
  const attributes = reference.get('attributes') ?? reference.get('valid-typedef-names');
  return { id: { idType, attributes: textsIn(attributes) } };
}

function rangeIn(node: ObjectNode): { readonly range?: Range } {
  const min = boundIn(node, 'minimum');
  const max = boundIn(node, 'maximum');
  if (min === undefined && max === undefined) return {};
  const minExclusive = node.get('exclusiveMinimum') === true;
  const maxExclusive = node.get('exclusiveMaximum') === true;
  return {
    range: {
      ...(min === undefined ? {} : { min, ...(minExclusive ? { minExclusive } : {}) }),
      ...(max === undefined ? {} : { max, ...(maxExclusive ? { maxExclusive } : {}) }),
    },
  };
}

function boundIn(node: ObjectNode, name: string): string | undefined {
  const bound = node.get(name);
  if (bound === undefined) return undefined;
  const text = bound instanceof NumberText ? decimalText(bound.text) : undefined;
  if (text === undefined) throw new SchemaProblem(`a ${name} is not a number`);
  return text;
}

function extractionsIn(root: ObjectNode): Extraction[] {
  const extracted = root.get('metadata-ws');
  if (extracted === undefined) return [];
  if (!isObject(extracted)) throw new SchemaProblem('its metadata-ws is not an object');
  return [...extracted].map(([name, expression]) => {
    if (typeof expression !== 'string') throw new SchemaProblem('an expression of metadata-ws is not a string');
    return { name, expression };
  });
}

function textsIn(list: Node | undefined): string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new SchemaProblem('a list of strings is not one');
  }
  return list;
}

function textAt(node: ObjectNode, name: string): string | undefined {
  const value = node.get(name);
  return typeof value === 'string' ? value : undefined;
}

const isObject = (node: Node | undefined): node is ObjectNode => node instanceof Map;

async function treeOf(text: string): Promise<ObjectNode> {
  const builder = new TreeBuilder();
  try {
    await readJson(Buffer.from(text), builder);
  } catch (error) {
    throw error instanceof MalformedJson ? new SchemaProblem('it is not JSON') : error;
  }
  const { root } = builder;
  if (!isObject(root)) throw new SchemaProblem('it is not an object');
  return root;
}

class TreeBuilder implements JsonEvents {
  root: Node | undefined;
  readonly #open: (Map<string, Node> | Node[])[] = [];
  readonly #keys: string[] = [];

  open(opensObject: boolean): void {
    if (this.#open.length >= MAX_DEPTH) throw new SchemaProblem(`it is more than ${MAX_DEPTH} levels deep`);
    const node: Map<string, Node> | Node[] = opensObject ? new Map() : [];
    this.#put(node);
    this.#open.push(node);
    this.#keys.push('');
  }

  close(): void {
    this.#open.pop();
    this.#keys.pop();
  }

  key(key: string): void {
    this.#keys[this.#keys.length - 1] = key;
  }

  scalar(kind: ScalarKind, value: string): void {
    if (kind === 'string') this.#put(value);
    else if (kind === 'number') this.#put(new NumberText(value));
    else this.#put(kind === 'null' ? null : value === 'true');
  }

  #put(node: Node): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root = node;
    else if (Array.isArray(parent)) parent.push(node);
    else parent.set(this.#keys.at(-1) ?? '', node);
  }
}
