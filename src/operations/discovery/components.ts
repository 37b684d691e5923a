import type { SchemaHandle } from '../../base/schemas/handle.ts';
import { type JsonSchema, writtenAt } from '../../base/schemas/validator.ts';

/** A reference within the document. */
export interface Reference {
  readonly $ref: string;
}

/** The schemas of a self-contained document: each once, by name, and every reference leads to one of them. */
export class Components {
  readonly schemas: Record<string, unknown> = {};

  /** A reference to the schema of this handle, which is added to the components with all that it refers to. */
  reference({ ref }: SchemaHandle<unknown>): Reference {
    const name = nameOf(ref);
    if (!Object.hasOwn(this.schemas, name)) {
      const { schema, file } = writtenAt({ ref });
      // The entry is added first, since a schema may refer to itself.
      this.schemas[name] = {};
      this.schemas[name] = this.#rewritten(schema, file);
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Adds a schema of the document's own to the components. */
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
