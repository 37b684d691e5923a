import type { Annotations, FunctionAnnotations } from './annotations.ts';
import type { Component, Funcdef, Module, Parameter, Typedef, TypeNode } from './definition.ts';
import { inHashOrder } from './hashOrder.ts';
import { compactJson, literal, type Printable } from './jackson.ts';
import { printableSubset, type SearchableSubset, searchableSubset } from './searchable.ts';

const KBT = 'Bio::KBase::KIDL::KBT::';

/**
 * KBase's compiler writes a parsing structure, from which it computes a module's checksum. What it shows is what it
 * reads back from that: some of it is lost, and what was absent is empty.
 */
type Form = 'written' | 'shown';

/** The parsing structure of a type as `get_type_info` shows it: JSON text with all names expanded. */
export const typedefParsing = (typedef: Typedef): string => new Parsing('shown').typedef(typedef);

/** The parsing structure of a function as `get_func_info` shows it. */
export const funcdefParsing = (func: Funcdef): string => compactJson(new Parsing('shown').funcdef(func));

/** The text of which a module's checksum is computed, in parts. */
export function* moduleParsing({ name, service, comment, components, typedefs }: Module): Generator<string> {
  const parsing = new Parsing('written');
  const head = compactJson(
    new Map<string, Printable>([
      ['!', `${KBT}DefineModule`],
      ['annotations', new Map([['unknown_annotations', nothing]])],
      ['comment', comment],
    ]),
  );
  yield `[${head.slice(0, -1)},"module_components":[`;
  for (const [i, component] of components.entries()) yield `${i === 0 ? '' : ','}${parsing.component(component)}`;
  const tail = new Map<string, Printable>([
    ['module_name', name],
    ['options', []],
    ['service_name', service],
  ]);
  yield `],${compactJson(tail).slice(1)},[],{`;
  const builtIn = BUILT_IN.map((kind) => [kind === 'object' ? 'UnspecifiedObject' : kind, { kind }] as const);
  const types = new Map<string, TypeNode>([
    ...builtIn,
    ...[...typedefs.values()].map((typedef) => [typedef.name, { kind: 'named', typedef }] as const),
  ]);
  let separator = '';
  for (const [type, node] of [...types].sort(byName)) {
    yield `${separator}${compactJson(type)}:${compactJson(parsing.type(node))}`;
    separator = ',';
  }
  yield '}]';
}

const BUILT_IN = ['int', 'float', 'string', 'object'] as const;
const nothing: Printable = new Map();

type Entries = readonly (readonly [string, Printable])[];

const node = (kind: string, fields: Entries): Printable => new Map([['!', KBT + kind], ...fields]);
const present = (name: string, value: Printable | undefined): Entries => (value === undefined ? [] : [[name, value]]);
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : a > b ? 1 : 0);

class Parsing {
  readonly #form: Form;
  /** One for each definition. */
  readonly #texts = new Map<Typedef, string>();

  constructor(form: Form) {
    this.#form = form;
  }

  component(component: Component): string {
    switch (component.kind) {
      case 'typedef':
        return this.typedef(component.typedef);
      case 'funcdef':
        return compactJson(this.funcdef(component.funcdef));
      case 'authentication':
        return compactJson(`auth_default${component.authentication}`);
    }
  }

  typedef(typedef: Typedef): string {
    const known = this.#texts.get(typedef);
    if (known !== undefined) return known;
    const text = compactJson(
      node('Typedef', [
        ['alias_type', this.type(typedef.type, typedef)],
        ['annotations', this.#annotations(typedef)],
        ['comment', typedef.comment],
        ['module', typedef.module],
        ['name', typedef.name],
      ]),
    );
    this.#texts.set(typedef, text);
    return text;
  }

  funcdef({ name, parameters, returns, authentication, comment, annotations }: Funcdef): Printable {
    const named = this.#form === 'shown' ? parameters.map((p, i) => ({ name: `arg${i + 1}`, ...p })) : parameters;
    return node('Funcdef', [
      ['annotations', new Map([...deprecation(annotations), ...unknown(annotations)])],
      ['authentication', authentication],
      ['comment', comment],
      ['name', name],
      ['parameters', named.map((parameter) => this.#parameter(parameter))],
      ['return_type', returns.map((parameter) => this.#parameter(parameter))],
    ]);
  }

  #parameter({ name, type }: Parameter): Printable {
    return new Map<string, Printable>([...present('name', name), ['type', this.type(type)]]);
  }

  /** @param owner the definition whose type this is; undefined for a type within another */
  type(type: TypeNode, owner?: Typedef): Printable {
    switch (type.kind) {
      case 'named':
        return literal(this.typedef(type.typedef));
      case 'object':
        return node('UnspecifiedObject', [['annotations', nothing]]);
      case 'list':
        return node('List', [
          ['annotations', nothing],
          ['element_type', this.type(type.item)],
        ]);
      case 'mapping':
        return node('Mapping', [
          ['annotations', nothing],
          ['key_type', this.type(type.key)],
          ['value_type', this.type(type.value)],
        ]);
      case 'tuple':
        return this.#tuple(type.items, owner);
      case 'structure':
        return this.#structure(type, owner);
      default:
        return node('Scalar', [
          ['annotations', nothing],
          ['scalar_type', type.kind],
        ]);
    }
  }

  #tuple(items: readonly Parameter[], owner: Typedef | undefined): Printable {
    const written = this.#form === 'written' ? owner : undefined;
    return node('Tuple', [
      ['annotations', nothing],
      ...present('comment', written?.comment || undefined),
      ['element_names', elementNames(items)],
      ['element_types', items.map((item) => this.type(item.type))],
      ...present('name', written?.name),
    ]);
  }

  #structure({ fields }: TypeNode & { kind: 'structure' }, owner: Typedef | undefined): Printable {
    const written = this.#form === 'written' ? owner : undefined;
    const items = fields.map(({ name, type }) =>
      node('StructItem', [
        ['item_type', this.type(type)],
        ['name', name],
        ['nullable', '0'],
      ]),
    );
    return node('Struct', [
      ['annotations', this.#structureAnnotations(owner)],
      ...present('comment', written?.comment || undefined),
      ['items', items],
      ...present('module', written?.module),
      ...present('name', owner?.name),
    ]);
  }

  /** Annotations that are absent; the form that is read back has them all. */
  #structureAnnotations(owner: Typedef | undefined): Printable {
    if (owner !== undefined && this.#form === 'shown') return nothing;
    const { metadata = [], searchable = [] } = owner?.annotations ?? {};
    return new Map([
      ...present('metadata', metadata.length === 0 ? nothing : undefined),
      ...present('searchable_ws_subset', searchable.length === 0 ? nothing : undefined),
    ]);
  }

  #annotations({ type, annotations }: Typedef): Printable {
    const { id, optional } = annotations;
    const ofId =
      id &&
      new Map<string, Printable>([
        ['attributes', id.attributes],
        ['type', id.idType],
      ]);
    return new Map<string, Printable>([
      ...deprecation(annotations),
      ...present('id', ofId),
      ['metadata', this.#metadata(annotations)],
      ...present('optional', optional),
      ...present('range', this.#range(annotations)),
      ['searchable_ws_subset', this.#searchable(searchableSubset(type, annotations))],
      ...unknown(annotations),
    ]);
  }

  #metadata({ metadata }: Annotations): Printable {
    if (metadata.length === 0 && this.#form === 'written') return nothing;
    const extracted = metadata.map(({ name, expression }) => [name, expression] as const);
    return new Map([['ws', new Map([...extracted].sort(byName))]]);
  }

  #searchable(subset: SearchableSubset | undefined): Printable {
    if (subset === undefined && this.#form === 'written') return nothing;
    return printableSubset(subset ?? { fields: nothing, keys: nothing });
  }

  /** Whether a bound is exclusive is lost when it is read back. */
  #range({ range }: Annotations): Printable | undefined {
    if (range === undefined) return undefined;
    const { min, max } = range;
    const exclusive = (is: boolean | undefined) => (is === true && this.#form === 'written' ? '1' : '0');
    return new Map<string, Printable>([
      ...present('exclusiveMaximum', max === undefined ? undefined : exclusive(range.maxExclusive)),
      ...present('exclusiveMinimum', min === undefined ? undefined : exclusive(range.minExclusive)),
      ...present('maximum', max),
      ...present('minimum', min),
    ]);
  }
}

const deprecation = ({ deprecated }: FunctionAnnotations): Entries =>
  present('deprecated', deprecated === '' ? literal('null') : deprecated);

const unknown = ({ unknown: found }: FunctionAnnotations): Entries => [
  ['unknown_annotations', new Map(inHashOrder(found.keys()).map((name) => [name, found.get(name) ?? []]))],
];

/** Gives each a unique name: by its position if it has none, and numbered if others have the same. */
function elementNames(items: readonly Parameter[]): string[] {
  const names = items.map(({ name }, i) => name ?? `e_${i + 1}`);
  const counts = new Map<string, number>();
  return names.map((name) => {
    if (names.indexOf(name) === names.lastIndexOf(name)) return name;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name}_${count}`;
  });
}
