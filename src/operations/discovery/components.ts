import type { SchemaHandle } from '../../base/schemas/handle.ts';
import { type JsonSchema, writtenAt } from '../../base/schemas/validator.ts';

/** A reference within the document. */
export interface Reference {
  readonly $ref: string;
}

/** The schemas of a document that stands alone: each once, by a name, and every reference leads to one of them. */
export class Components {
  readonly schemas: Record<string, unknown> = {};

  /** A reference to the schema behind this handle, which from now on is among the components with all it refers to. */
  reference({ ref }: SchemaHandle<unknown>): Reference {
    const name = nameOf(ref);
    if (!Object.hasOwn(this.schemas, name)) {
      const { schema, file } = writtenAt({ ref });
      // Its place is taken first: a schema may refer to itself.
      this.schemas[name] = {};
      this.schemas[name] = this.#rewritten(schema, file);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Puts a schema of the document's own among the components. */
  add(name: string, schema: JsonSchema): Reference {
    this.schemas[name] = schema;
    return { $ref: `#/components/schemas/${name}` };
  }

  #rewritten(schema: unknown, file: string): unknown {
    if (Array.isArray(schema)) return schema.map((inner) => this.#rewritten(inner, file));
    if (schema === null || typeof schema !== 'object') return schema;
    const { $ref, $id, $schema, ...own } = schema as Readonly<Record<string, unknown>>;
    const rewritten = Object.fromEntries(Object.entries(own).map(([key, v]) => [key, this.#rewritten(v, file)]));
    if (typeof $ref !== 'string') return rewritten;
    return { ...this.reference({ ref: $ref.startsWith('#') ? `${file}${$ref}` : $ref }), ...rewritten };
  }
}

/** `defs.json#/definitions/userName` → `defs.userName`. */
function nameOf(ref: string): string {
  const [file = '', pointer = ''] = ref.split('#');
  const last = pointer.split('/').at(-1) ?? '';
  return [file.replace(/\.json$/, ''), last].filter((part) => part !== '').join('.');
}
