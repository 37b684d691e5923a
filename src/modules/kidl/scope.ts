import { readAnnotations } from './annotations.ts';
import type { Authentication, Funcdef, Module, Typedef, TypeNode } from './definition.ts';
import { assertExtent, extentOf, withAnnotations } from './extent.ts';
import { assertMetadata, assertOptional } from './fields.ts';
import { Problem } from './specError.ts';

const MAX_NAME_BYTES = 255;
/** Types and functions together; the largest modules of KBase have some two hundred. */
const MAX_DEFINITIONS = 1_000;

/** Other modules, by the name under which a specification includes them. */
export type Includes = ReadonlyMap<string, Module>;

/** What a module defines so far, and what its later definitions may use. */
export class Scope {
  readonly module: string;
  readonly comment: string;
  readonly #includes: Includes;
  readonly #typedefs = new Map<string, Typedef>();
  readonly #funcdefs = new Map<string, Funcdef>();
  /** For functions that say nothing of it themselves. */
  authentication: Authentication = 'none';

  constructor(module: string, comment: string, includes: Includes) {
    assertName(module, 'Module name');
    this.module = module;
    this.comment = comment;
    this.#includes = includes;
  }

  /** The type of this name: defined before, so that none can contain itself. @throws Problem */
  type(name: string, module: string = this.module): TypeNode {
    const typedefs = module === this.module ? this.#typedefs : this.#includes.get(module)?.typedefs;
    if (typedefs === undefined) throw new Problem(`Can not find module: ${module}`);
    const typedef = typedefs.get(name);
    const shown = module === this.module ? name : `${module}.${name}`;
    if (typedef === undefined) throw new Problem(`Can not find type: ${shown} (a type is defined before it is used)`);
    return { kind: 'named', typedef };
  }

  /** @throws Problem */
  addTypedef(name: string, type: TypeNode, comment: string): void {
    assertName(name, 'Type name');
    this.#assertRoom();
    if (this.#typedefs.has(name)) throw new Problem(`The type ${name} is defined twice`);
    const annotations = readAnnotations(comment);
    const extent = withAnnotations(extentOf(type), annotations);
    assertExtent(name, extent);
    assertOptional(type, annotations);
    assertMetadata(type, annotations.metadata);
    this.#typedefs.set(name, { module: this.module, name, type, comment, annotations, extent });
  }

  /** @throws Problem */
  addFuncdef(func: Omit<Funcdef, 'authentication'>, authentication: Authentication = this.authentication): void {
    assertName(func.name, 'Function name');
    this.#assertRoom();
    if (this.#funcdefs.has(func.name)) throw new Problem(`The function ${func.name} is defined twice`);
    this.#funcdefs.set(func.name, { ...func, authentication });
  }

  #assertRoom(): void {
    if (this.#typedefs.size + this.#funcdefs.size === MAX_DEFINITIONS) {
      throw new Problem(`The module ${this.module} has more than ${MAX_DEFINITIONS} definitions`);
    }
  }

  toModule(): Module {
    return { name: this.module, comment: this.comment, typedefs: this.#typedefs, funcdefs: this.#funcdefs };
  }
}

/** KBase's rule for names of modules, types and functions; a field's name may have more. */
function assertName(name: string, what: string): void {
  const why = nameProblem(name, what);
  if (why !== undefined) throw new Problem(why);
}

/** What is wrong with the name of a module, type or function, in KBase's words; undefined when nothing is. */
export function nameProblem(name: string, what: string): string | undefined {
  if (name === '') return `${what} cannot be null or the empty string`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `${what} size is > ${MAX_NAME_BYTES} bytes`;
  const illegal = /[^A-Za-z0-9_]/u.exec(name)?.[0];
  return illegal === undefined ? undefined : `Illegal character in ${what} ${name}: ${illegal}`;
}
