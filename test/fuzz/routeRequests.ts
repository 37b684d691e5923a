import fc from 'fast-check';
import type { FuzzedRequest } from './exchange.ts';
import { fromSchema, type Schema } from './fromSchema.ts';
import type { FuzzedPortal } from './fuzzedPortal.ts';
import { hostileText } from './hostile.ts';
import { mutatedOf } from './mutations.ts';
import { textOf } from './verbatim.ts';
import { words } from './words.ts';

/** An operation as `/openapi.json` describes it. */
interface Operation {
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: { readonly enum?: readonly string[] };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Ids of Oracle's catalog are sent as Base64. */
const encoded = (text: string) => Buffer.from(text).toString('base64url');
const places = fc.oneof(
  words,
  fc.constantFrom('/@Catalog/shared/book', '/@Catalog/shared/draft', '/@Catalog/shared', '/@Catalog', '').map(encoded),
  fc.constantFrom('[B1]', '[1,2]', 'b1', 'b2', 'manifest', 'normal', 'ada', 'section', 'true', '0', '-1', '100000'),
);

/** For each operation of the description, requests as it describes them and nearly so. */
export function routeRequests(
  description: { readonly paths: Paths },
  credentials: FuzzedPortal['credentials'],
): readonly fc.Arbitrary<FuzzedRequest>[] {
  return Object.entries(description.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => requestsOf({ path, verb, operation }, credentials)),
  );
}

function requestsOf(
  { path, verb, operation }: { readonly path: string; readonly verb: string; readonly operation: Operation },
  credentials: FuzzedPortal['credentials'],
): fc.Arbitrary<FuzzedRequest> {
  const { parameters = [], requestBody, tags } = operation;
  const textFor = (schema: { readonly enum?: readonly string[] }) =>
    schema.enum === undefined
      ? places
      : fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...schema.enum) }, hostileText);
  const inside = (place: string) =>
    Object.fromEntries(parameters.filter((p) => p.in === place).map(({ name, schema }) => [name, textFor(schema)]));
  const [[type, { schema = {} }] = ['', {}]] = Object.entries(requestBody?.content ?? {}) as [
    string,
    { schema?: Schema },
  ][];
  const made = fromSchema(schema, words);
  const body = type === '' ? fc.constant(undefined) : fc.oneof(made, mutatedOf(made));
  // Whoever logs out could call nothing afterwards.
  const own = path.includes('logout') ? 'nobody' : (tags[0] ?? '');
  const sender = fc.oneof({ weight: 6, arbitrary: fc.constant(own) }, fc.constantFrom(...Object.keys(credentials)));
  const query = fc.record(inside('query'), { requiredKeys: [] });
  return fc
    .record({ filled: fc.record(inside('path')), query, body, sender })
    .map(({ filled, query, body, sender }) => {
      const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodedPlace(String(filled[name])));
      const asked = new URLSearchParams(query as Record<string, string>).toString();
      const isForm = type === 'application/x-www-form-urlencoded';
      return {
        verb: verb.toUpperCase(),
        path: asked === '' ? target : `${target}?${asked}`,
        headers: { ...credentials[sender], ...(type === '' ? {} : { 'Content-Type': type }) },
        ...(body === undefined ? {} : { body: isForm ? formOf(body) : textOf(body) }),
      };
    });
}

const encodedPlace = (text: string) => encodeURIComponent(text.toWellFormed());

function formOf(body: unknown): string {
  if (body === null || typeof body !== 'object') return String(body);
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(body)) form.append(key, typeof value === 'string' ? value : textOf(value));
  return form.toString();
}
