/** `T` without the fields that are always undefined, and with those that may be undefined as optional ones. */
type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The fields that have a value: an optional field is left out where there is none, never present as undefined. */
export function defined<const T extends object>(fields: T): Defined<T> {
  const found: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key as keyof T];
    if (value !== undefined) found[key] = value;
  }
  return found as Defined<T>;
}
