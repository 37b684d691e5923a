import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands, allMethods } from '../../../src/operations/index.ts';
import { API_VERSION } from '../../../src/operations/service/apiVersion.ts';
import { dialects } from '../../../src/server/dialects/dialects.ts';
import { namesIn } from '../../../src/server/dialects/match.ts';
import { openPortal, type Portal } from './portal.ts';

let portal: Portal;
// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
let api: any;
beforeAll(async () => {
  portal = await openPortal();
  api = (await portal.ask('GET', '/openapi.json')).body;
});
afterAll(() => portal[Symbol.asyncDispose]());

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly security: readonly Record<string, unknown>[];
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
}

const operations = (): [string, string, Operation][] =>
  Object.entries(api.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs as Record<string, Operation>).map(([verb, operation]): [string, string, Operation] => [
      path,
      verb,
      operation,
    ]),
  );

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 of this service', () => {
    expect(api).toMatchObject({ openapi: '3.1.0', info: { title: 'Steward', version: '0.0.0-test' } });
    expect(api.tags.map((t: { name: string }) => t.name)).toEqual(dialects.map((d) => d.system));
  });

  it('describes each route of each dialect, and no other', () => {
    const described = operations().map(([path, verb]) => `${verb.toUpperCase()} ${path}`);
    const routes = dialects.flatMap((d) =>
      d.routes.map((r) => `${r.verb} ${r.path.replaceAll(/\{(\w+):[^}]+\}/g, '{$1}')}`),
    );
    expect(described.sort()).toEqual([...new Set(routes)].sort());
  });

  it('is consistent: each name in a path is a parameter, each security scheme is declared', () => {
    const ids = operations().map(([, , o]) => o.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, verb, { parameters = [], security, tags, responses, requestBody }] of operations()) {
      expect(['get', 'post', 'put', 'delete']).toContain(verb);
      const inPath = parameters.filter((p) => p.in === 'path');
      expect(inPath.map((p) => p.name)).toEqual(namesIn(path).map((n) => n.name));
      expect(inPath.every((p) => p.required === true)).toBe(true);
      expect(new Set(parameters.map((p) => `${p.in} ${p.name}`)).size).toBe(parameters.length);
      for (const name of security.flatMap(Object.keys)) expect(api.components.securitySchemes).toHaveProperty(name);
      expect(dialects.map((d) => d.system)).toContain(tags[0]);
      for (const { description } of Object.values(responses)) expect(description).toMatch(/\.$/);
      for (const { schema } of Object.values(requestBody?.content ?? {})) expect(schema).toBeInstanceOf(Object);
    }
  });
});

describe('the routes', () => {
  it('call only existing commands and methods', () => {
    const commands = new Set(allCommands.map((c) => c.name));
    const methods = new Set(allMethods.map((m) => m.name));
    for (const { calls, path } of dialects.flatMap((d) => d.routes)) {
      expect(calls.command ?? calls.method, path).toBeDefined();
      if (calls.command !== undefined) expect(commands).toContain(calls.command);
      if (calls.method !== undefined) expect(methods).toContain(calls.method);
    }
  });

  it('leave all other paths to JSON-RPC for POST', async () => {
    const body = { jsonrpc: '2.0', method: 'ver', id: 1 };
    for (const path of ['/', '/rpc', '/services/ws', '/authenticate', '/logins', '/b1/manifests', '/api']) {
      expect((await portal.ask('POST', path, { body })).body).toMatchObject({ result: API_VERSION });
    }
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await portal.ask('GET', path)).status).toBe(200);
  });

  it('hide methods from JSON-RPC that are only for dialects', async () => {
    for (const { name } of allMethods.filter((m) => m.dialectOnly)) {
      const body = { jsonrpc: '2.0', method: name, params: {}, id: 1 };
      const reply = await portal.ask('POST', '/', { body, headers: { authorization: portal.tokenOf('boss') } });
      expect(reply.body.error.data.reason).toBe('method_unknown');
    }
  });
});
