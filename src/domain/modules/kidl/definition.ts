import type { Annotations, FunctionAnnotations } from './annotations.ts';

/** A type as it is written, every name in it bound to its definition: earlier in its module, or in an included one. */
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

/** A parameter of a function, or an item of a tuple: its name is optional. */
export interface Parameter {
  readonly name?: string;
  readonly type: TypeNode;
}

export interface Typedef {
  readonly module: string;
  readonly name: string;
  readonly type: TypeNode;
  /** Without what marks it as a comment; empty where there is none. */
  readonly comment: string;
  readonly annotations: Annotations;
  /** How large it is with everything that it refers to in its place. */
  readonly extent: Extent;
}

export interface Extent {
  readonly parts: number;
  readonly depth: number;
  /** Of names, and of what annotations say. */
  readonly bytes: number;
  /** Of comments. */
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

/** A specification that was read: its definitions by name. Of several of one name the last one is meant. */
export interface Module {
  readonly name: string;
  /** The name before the colon in `module service: name`; without one, that of the module. */
  readonly service: string;
  readonly comment: string;
  /** All that it says, in order. */
  readonly components: readonly Component[];
  readonly typedefs: ReadonlyMap<string, Typedef>;
  readonly funcdefs: ReadonlyMap<string, Funcdef>;
}

/** What a type is when the names given to it are looked through. */
export function underlying(type: TypeNode): Exclude<TypeNode, { kind: 'named' }> {
  return type.kind === 'named' ? underlying(type.typedef.type) : type;
}
