import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openModule } from '../domain/modules/spec.ts';
import { openWorld } from '../domain/workspaces/world.ts';
import { startLoopback } from '../support/loopback.ts';

async function listening(answer: string): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((socket) => socket.end(answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const copy = (url: string) => ({ external_workspace_url: url, mod: 'Mod' });

const REFUSED = {
  reason: 'spec_source_unlisted',
  message: 'Specifications are copied only from the services that the operator names in typespec-copy-sources',
};

describe('A15: register_typespec_copy does not look around in the operator’s network', () => {
  it('asks nobody whom the operator does not name, and says the same of all of them', async () => {
    let asked = 0;
    await using http = await startLoopback((_request, response) => {
      asked += 1;
      response.end('hello');
    });
    const open = await listening('SSH-2.0-x\r\n');
    const closed = await listening('');
    closed.server.close();
    const connected: unknown[] = [];
    open.server.on('connection', (socket) => connected.push(socket));
    await using named = await startLoopback((_request, response) => void response.end('{}'));
    const warned: string[] = [];
    for (const typespecCopySources of [[], [`${named.url}/ws`]]) {
      await using world = await openWorld({ typespecCopySources, warn: (sentence) => warned.push(sentence) });
      await openModule(world);
      for (const url of [
        ...[http.url, open.url, closed.url, 'https://localhost:1/', 'http://169.254.169.254/latest/meta-data/'],
        ...[`${named.url}/other`, `${named.url}@example.org/`, 'https://example.org/', 'file:///etc/passwd', 'x', ''],
      ]) {
        const { reason, message, detail } = await world.fails('ann', 'register_typespec_copy', copy(url));
        expect([url, { reason, message, detail }]).toEqual([url, { ...REFUSED, detail: undefined }]);
      }
    }
    expect([asked, connected, warned]).toEqual([0, [], []]);
    open.server.close();
  });

  it('answers one error whatever is wrong with one that is named, and tells the log the cause', async () => {
    const targets: [url: string, cause: RegExp][] = [];
    const error = { version: '1.1', error: { name: 'JSONRPCError', code: -32500, message: 'no such module' } };
    await using refusing = await startLoopback((_request, response) => {
      response.statusCode = 500;
      response.end(JSON.stringify(error));
    });
    let followed = 0;
    await using elsewhere = await startLoopback((_request, response) => {
      followed += 1;
      response.end('{}');
    });
    await using redirecting = await startLoopback((_request, response) => {
      response.writeHead(307, { location: elsewhere.url }).end();
    });
    await using other = await startLoopback((_request, response) => void response.end('<html>'));
    const silent = await listening('');
    const closed = await listening('');
    closed.server.close();
    targets.push(
      [refusing.url, /no such module/],
      [redirecting.url, /status 307/],
      [other.url, /is not that of a workspace service/],
      [silent.url, /closed/],
      [closed.url, /refused/],
    );
    const warned: string[] = [];
    const typespecCopySources = targets.map(([url]) => url);
    await using world = await openWorld({ typespecCopySources, warn: (sentence) => warned.push(sentence) });
    await openModule(world);
    for (const [url, cause] of targets) {
      const { reason, message, detail } = await world.fails('ann', 'register_typespec_copy', copy(`${url}/`));
      expect([reason, message, detail]).toEqual([
        'spec_unreachable',
        `The workspace service at ${url} returned no specification`,
        undefined,
      ]);
      expect(warned.at(-1)).toMatch(cause);
    }
    expect(followed).toBe(0);
    silent.server.close();
  });
});
