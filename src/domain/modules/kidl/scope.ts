import { utf8Size } from '../../../base/text.ts';
import { readAnnotations, readFunctionAnnotations } from './annotations.ts';
import type { Authentication, Component, Funcdef, Module, Parameter, Typedef, TypeNode } from './definition.ts';
import { assertExtent, extentOf, shownBytes, withAnnotations } from './extent.ts';
import { assertMetadata, assertOptional } from './fields.ts';
import { searchableSubset } from './searchable.ts';
import { Problem, SpecErrorWithoutPlace } from './specError.ts';

const MAX_NAME_BYTES = 255;
/** The most types and functions of a module; the largest of KBase have some two hundred. */
const MAX_DEFINITIONS = 1_000;
/** The most characters that show all definitions with all names expanded; KBase's largest module needs some 5 MB. */
const MAX_SHOWN_BYTES = 20_000_000;

/** Included modules by name. */
export type Includes = ReadonlyMap<string, Module>;

export interface Head {
  readonly module: string;
  readonly service?: string | undefined;
  readonly comment: string;
}

/** The definitions of a module so far, which later ones may use. */
export class Scope {
  readonly module: string;
  readonly service: string;
  readonly comment: string;
  readonly #includes: Includes;
  readonly #typedefs = new Map<string, Typedef>();
  readonly #funcdefs = new Map<string, Funcdef>();
  readonly #components: Component[] = [];
  #shownBytes = 0;
  /** The default for functions that do not declare it. */
  #authentication: Authentication = 'none';

  constructor({ module, service = module, comment }: Head, includes: Includes) {
    assertName(module, 'Module name');
    this.module = module;
    this.service = service;
    this.comment = comment;
    this.#includes = includes;
  }

  /** The type of this name, which must be defined before, so that no type can contain itself. @throws Problem */
  type(name: string, module: string = this.module): TypeNode {
    const typedefs = module === this.module ? this.#typedefs : this.#includes.get(module)?.typedefs;
    if (typedefs === undefined) throw new Problem(`Can not find module: ${module}`);
    const typedef = typedefs.get(name);
    const shown = module === this.module ? name : `${module}.${name}`;
    if (typedef === undefined) throw new Problem(`Can not find type: ${shown} (a type is defined before it is used)`);
    return { kind: 'named', typedef };
  }

  /**
   * As in KBase, a name may be defined again. Definitions in between keep using the earlier one.
   *
   * @throws Problem
   */
  addTypedef(name: string, type: TypeNode, comment: string): void {
    assertName(name, 'Type name');
    const annotations = readAnnotations(comment);
    const extent = withAnnotations(extentOf(type), { annotations, comment });
    assertExtent(name, extent);
    assertOptional(type, annotations);
    assertMetadata(type, annotations.metadata);
    searchableSubset(type, annotations);
    const typedef: Typedef = { module: this.module, name, type, comment, annotations, extent };
    this.#add({ kind: 'typedef', typedef }, shownBytes(extent));
    this.#typedefs.set(name, typedef);
  }

  /** Of two functions with the same name, the later one counts. @throws Problem */
  addFuncdef({ authentication = this.#authentication, ...func }: WrittenFuncdef): void {
    assertName(func.name, 'Function name');
    const annotations = readFunctionAnnotations(func.comment);
    const funcdef: Funcdef = { ...func, authentication, annotations };
    const used = [...func.parameters, ...func.returns].map(({ type }: Parameter) => shownBytes(extentOf(type)));
    this.#add({ kind: 'funcdef', funcdef }, utf8Size(func.comment) + used.reduce((sum, bytes) => sum + bytes, 0));
    this.#funcdefs.set(func.name, funcdef);
  }

  /** For the functions that follow. */
  setAuthentication(authentication: Authentication): void {
    this.#add({ kind: 'authentication', authentication }, 0);
    this.#authentication = authentication;
  }

  #add(component: Component, bytes: number): void {
    this.#components.push(component);
    if (this.#components.length > MAX_DEFINITIONS) {
      throw new Problem(`The module ${this.module} has more than ${MAX_DEFINITIONS} definitions`);
    }
    this.#shownBytes += bytes;
    if (this.#shownBytes > MAX_SHOWN_BYTES) {
      const whole = `The module ${this.module}, with everything that its definitions refer to in its place,`;
      throw new Problem(`${whole} has more than ${MAX_SHOWN_BYTES} bytes`);
    }
  }

  toModule(): Module {
    const { module: name, service, comment } = this;
    return {
      name,
      service,
      comment,
      components: this.#components,
      typedefs: this.#typedefs,
      funcdefs: this.#funcdefs,
    };
  }
}

/** A function as written, whose authentication may be left to an earlier statement. */
type WrittenFuncdef = Omit<Funcdef, 'authentication' | 'annotations'> & {
  readonly authentication?: Authentication | undefined;
};

/** KBase's rule for names of modules, types and functions; names of fields may have more characters. */
/** @throws SpecErrorWithoutPlace, Problem */
function assertName(name: string, what: string): void {
  const why = nameProblem(name, what);
  if (why !== undefined)
    throw Buffer.byteLength(name) > MAX_NAME_BYTES ? new SpecErrorWithoutPlace(why) : new Problem(why);
}

/** What is wrong with the name of a module, type or function, in KBase's words; undefined if nothing is. */
export function nameProblem(name: string, what: string): string | undefined {
  if (name === '') return `${what} cannot be null or the empty string`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `${what} size is > ${MAX_NAME_BYTES} bytes`;
  const illegal = /[^A-Za-z0-9_]/u.exec(name)?.[0];
  return illegal === undefined ? undefined : `Illegal character in ${what} ${name}: ${illegal}`;
}
