/**
 * A type with everything it refers to put in its place: what data is checked against. Shared parts are one object, so
 * that a type which uses another in many places stays small.
 */
export type DataType =
  | { readonly kind: 'int'; readonly range?: Range }
  | { readonly kind: 'float'; readonly range?: Range }
  | { readonly kind: 'string'; readonly id?: IdReference }
  /** UnspecifiedObject: any JSON object. */
  | { readonly kind: 'object' }
  | { readonly kind: 'list'; readonly item: DataType }
  /** The key is a string, maybe an id. */
  | { readonly kind: 'mapping'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'tuple'; readonly items: readonly DataType[] }
  | { readonly kind: 'structure'; readonly fields: readonly Field[] };

export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly optional: boolean;
}

/** What a string names. */
export interface IdReference {
  /** `ws`, `kb`, `handle`, `bytestream`, `sample` or `external`. */
  readonly idType: string;
  /** For `ws` the types that the object may have (all, when empty); for `external` the source. */
  readonly attributes: readonly string[];
}

/** The bounds of a number, as decimal text: an integer may be larger than what a JavaScript number holds. */
export interface Range {
  readonly min?: string;
  readonly max?: string;
  readonly minExclusive?: boolean;
  readonly maxExclusive?: boolean;
}

/** What becomes metadata of an object: `name`, `length(nums)` or `a.b`, under this name. */
export interface Extraction {
  readonly expression: string;
  readonly name: string;
}

/** A type that objects can be saved as. */
export interface StorableType {
  /** With its version: `Module.Type-1.0`. */
  readonly typestring: string;
  readonly data: DataType;
  readonly metadata: readonly Extraction[];
}
