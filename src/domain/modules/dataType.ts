/**
 * A type that data is checked against, with all names resolved. Parts that are used in several places are one object,
 * so that it stays small.
 */
export type DataType =
  | { readonly kind: 'int'; readonly range?: Range }
  | { readonly kind: 'float'; readonly range?: Range }
  | { readonly kind: 'string'; readonly id?: IdReference }
  /** UnspecifiedObject: any JSON object. */
  | { readonly kind: 'object' }
  | { readonly kind: 'list'; readonly item: DataType }
  /** The key is a string, which may be an id. */
  | { readonly kind: 'mapping'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'tuple'; readonly items: readonly DataType[] }
  | { readonly kind: 'structure'; readonly fields: readonly Field[] };

export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly optional: boolean;
}

export interface IdReference {
  /** `ws`, `kb`, `handle`, `bytestream`, `sample` or `external`. */
  readonly idType: string;
  /** For `ws`, the types that the object may have (any if empty); for `external`, the source. */
  readonly attributes: readonly string[];
}

/** The bounds of a number, as decimal text, since they may be too large for a JavaScript number. */
export interface Range {
  readonly min?: string;
  readonly max?: string;
  readonly minExclusive?: boolean;
  readonly maxExclusive?: boolean;
}

/** An expression such as `name`, `length(nums)` or `a.b`, whose value becomes metadata under this name. */
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
