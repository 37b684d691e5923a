import type { JsonSchema } from '../../base/schemas/validator.ts';
import type { Dialect, Route } from './dialect.ts';
import { namesIn } from './match.ts';

/** The OpenAPI 3.1 description of the routes of all dialects. */
export function openApi(dialects: readonly Dialect[], version: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const dialect of dialects) {
    for (const route of dialect.routes) {
      const path = route.path.replaceAll(/\{(\w+):[^}]+\}/g, '{$1}');
      // Patterns that only differ in the words of a name are one path.
      const operations = paths[path] ?? {};
      paths[path] = operations;
      operations[route.verb.toLowerCase()] ??= operationOf(dialect, route);
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Steward',
      version,
      description: 'The routes of other systems that this service answers; JSON-RPC is described by rpc.discover.',
    },
    tags: dialects.map(({ system }) => ({ name: system })),
    paths,
    components: {
      securitySchemes: Object.fromEntries(dialects.map(({ security }) => [security.name, security.scheme])),
    },
  };
}

function operationOf(dialect: Dialect, route: Route): JsonSchema {
  const { verb, path, summary, query = {}, needs = [], body, takes, success } = route;
  const parameters = [
    ...namesIn(path).map(({ name, words }) => ({
      name,
      in: 'path',
      required: true,
      schema: words === undefined ? { type: 'string', minLength: 1 } : { type: 'string', enum: words },
    })),
    ...Object.entries(query).map(([name, description]) => ({
      name,
      in: 'query',
      description,
      ...(needs.includes(name) ? { required: true } : {}),
      schema: { type: 'string' },
    })),
  ];
  const type = takes === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    operationId: `${dialect.system} ${verb} ${path.replaceAll(/:[^}]+\}/g, '}')}`
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .replaceAll(/^_|_$/g, ''),
    tags: [dialect.system],
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body && { requestBody: { required: true, content: { [type]: { schema: body } } } }),
    security: route.credential === undefined && !route.open ? [{ [dialect.security.name]: [] }] : [],
    responses: {
      [success.status]: { description: 'Done.', ...(success.body && jsonOf(success.body)) },
      default: { description: 'Refused, in the words of the system.', ...jsonOf(dialect.refusalShape) },
    },
  };
}

const jsonOf = (schema: JsonSchema) => ({ content: { 'application/json': { schema } } });
