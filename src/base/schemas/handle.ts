/** A reference to a schema, with the TypeScript type that was generated from it. */
export interface SchemaHandle<T> {
  /** A reference for ajv: a file's `$id`, with a JSON pointer into it. */
  readonly ref: string;
  /** Never set: only its type is used. */
  readonly type?: T;
}

export function handle<T>(ref: string): SchemaHandle<T> {
  return { ref };
}

/** The handles of the parameters and the result of a command or method. */
export const handles = <T extends { params?: unknown; result?: unknown }>(file: string) => ({
  params: handle<T['params']>(`${file}#/properties/params`),
  result: handle<T['result']>(`${file}#/properties/result`),
});
