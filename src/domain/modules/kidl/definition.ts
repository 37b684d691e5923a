import type { Annotations, FunctionAnnotations } from './annotations.ts';

/** A type as written, with every name bound to its definition: earlier in its module, or in an included one. */
export type TypeNode =
  | { readonly kind: 'int' | 'float' | 'string' | 'object' }
  | { readonly kind: 'list'; readonly item: TypeNode }
  | { readonly kind: 'mapping'; readonly key: TypeNode; readonly value: TypeNode }
  | { readonly kind: 'tuple'; readonly items: readonly Parameter[] }
  | { readonly kind: 'structure'; readonly fields: readonly StructureField[] }
  | { readonly kind: 'named'; readonly typedef: Typedef };

export interface StructureField {
  readonly name: string;
  readonly type: TypeNode;
}

/** A parameter of a function, or an item of a tuple. */
export interface Parameter {
  readonly name?: string;
  readonly type: TypeNode;
}

export interface Typedef {
  readonly module: string;
  readonly name: string;
  readonly type: TypeNode;
  /** Without delimiters; empty if there is none. */
  readonly comment: string;
  readonly annotations: Annotations;
  /** Its size with all names expanded. */
  readonly extent: Extent;
}

export interface Extent {
  readonly parts: number;
  readonly depth: number;
  /** The characters of names and annotations. */
  readonly bytes: number;
  /** The characters of comments. */
  readonly comments: number;
}

export interface Funcdef {
  readonly name: string;
  readonly async: boolean;
  readonly parameters: readonly Parameter[];
  readonly returns: readonly Parameter[];
  readonly authentication: Authentication;
  readonly comment: string;
  readonly annotations: FunctionAnnotations;
}

export type Authentication = 'required' | 'optional' | 'none';

/** One statement of a module. */
export type Component =
  | { readonly kind: 'typedef'; readonly typedef: Typedef }
  | { readonly kind: 'funcdef'; readonly funcdef: Funcdef }
  | { readonly kind: 'authentication'; readonly authentication: Authentication };

/** A parsed specification, with its definitions by name; of several with the same name, the last one. */
export interface Module {
  readonly name: string;
  /** The name before the colon in `module service: name`, or else that of the module. */
  readonly service: string;
  readonly comment: string;
  /** All statements, in order. */
  readonly components: readonly Component[];
  readonly typedefs: ReadonlyMap<string, Typedef>;
  readonly funcdefs: ReadonlyMap<string, Funcdef>;
}

/** The type behind a name, or behind a name for a name. */
export function underlying(type: TypeNode): Exclude<TypeNode, { kind: 'named' }> {
  return type.kind === 'named' ? underlying(type.typedef.type) : type;
}
