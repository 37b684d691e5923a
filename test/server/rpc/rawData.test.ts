import { describe, expect, it } from 'vitest';
import { RawJson } from '../../../src/base/json/rawJson.ts';
import { commands, methods } from '../../../src/base/schemas/generated.ts';
import { type JsonSchema, schemaOf } from '../../../src/base/schemas/validator.ts';
import { parseJson } from '../../../src/server/rpc/json.ts';

/** Parameters for a schema, with `{"kept":1}` as all content, and the paths of that. */
function filled(schema: JsonSchema): { readonly value: unknown; readonly content: string[] } {
  if (schema['x-class'] === 'content') return { value: { kept: 1 }, content: [''] };
  const items = schema.items as JsonSchema | undefined;
  if (items !== undefined && !Array.isArray(items)) {
    const { value, content } = filled(items);
    return { value: content.length === 0 ? [] : [value, value], content: content.map((path) => `/0${path}`) };
  }
  const inner = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(
    ([key, property]) => [key, filled(property)] as const,
  );
  const storing = inner.filter(([, { content }]) => content.length > 0);
  return {
    value: Object.fromEntries(storing.map(([key, { value }]) => [key, value])),
    content: storing.flatMap(([key, { content }]) => content.map((path) => `/${key}${path}`)),
  };
}

const at = (value: unknown, path: string) =>
  path
    .split('/')
    .slice(1)
    .reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], value);

const parsed = async (request: object) =>
  (await parseJson(Buffer.from(JSON.stringify(request)))) as { params: [unknown] };

const ofMethods = Object.entries(methods).map(([name, { params }]) => {
  const { value, content } = filled(schemaOf(params));
  return { name, request: { method: `Workspace.${name}`, params: [value] }, content };
});
const ofCommands = Object.entries(commands).map(([name, { params }]) => {
  const { value, content } = filled(schemaOf(params));
  const object = { command: name, params: value };
  return {
    name,
    request: { method: 'administer', params: [object] },
    content: content.map((path) => `/params${path}`),
  };
});
const storing = [...ofMethods, ...ofCommands].filter(({ content }) => content.length > 0);

describe('the content that schemas mark', () => {
  it('exists', () =>
    expect(storing.map(({ name }) => name).sort()).toEqual(['saveObjects', 'save_object', 'save_objects']));

  it.each(storing)('stays text in a call of $name, and in no other', async ({ name, request, content }) => {
    const { params } = await parsed(request);
    for (const path of content) expect(at(params[0], path), path).toBeInstanceOf(RawJson);
    const other = await parsed({ ...request, method: 'Workspace.ver' });
    for (const path of content) expect(at(other.params[0], path), path).toEqual({ kept: 1 });
    const misplaced = await parsed({ ...request, params: [{ [name]: request.params[0] }] });
    for (const path of content) expect(at(misplaced.params[0], `/${name}${path}`), path).toEqual({ kept: 1 });
  });
});
