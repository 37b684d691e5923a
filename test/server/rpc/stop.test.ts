import { describe, expect, it } from 'vitest';
import { openDoor, until } from './fakeDoor.ts';

const slow = '{"method":"slow","params":[]}';
const ver = '{"method":"ver","params":[]}';
const post = (body: string, more = '') =>
  `POST / HTTP/1.1\r\nHost: x\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('a server that stops', () => {
  it('finishes calls in flight, accepts no new connection, and is not ready meanwhile', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(post(slow));
    await until(() => open.door.waiting === 1);
    let stopped = false;
    const stopping = open.server.stop(3_600_000).then(() => {
      stopped = true;
    });
    await expect(open.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // On the same connection, behind the call that still runs.
    bare.send(`GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n${post(ver)}`);
    await until(() => open.entries.some((e) => e.method === 'Workspace.ver'));
    expect(stopped).toBe(false);
    open.door.release();
    await stopping;
    await until(() => bare.closed);
    expect(bare.received).toContain('{"version":"1.1","result":["at last"]}');
    expect(bare.received).toContain('HTTP/1.1 503');
    expect(bare.received).toContain('{"status":"not ready"}');
  });

  it('announces with pending answers that the connection closes', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(post(slow));
    await until(() => open.door.waiting === 1);
    const stopping = open.server.stop(3_600_000);
    open.door.release();
    await stopping;
    await until(() => bare.closed);
    expect(bare.received).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*at last/s);
    expect(bare.received).not.toMatch(/keep-alive/i);
  });

  it('announces it once, with the last answer that is queued on a connection', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(post(slow) + post(ver));
    await until(() => open.entries.some((e) => e.method === 'Workspace.ver'));
    const stopping = open.server.stop(3_600_000);
    bare.send(post(ver));
    await until(() => open.entries.filter((e) => e.method === 'Workspace.ver').length === 2);
    open.door.release();
    await stopping;
    await until(() => bare.closed);
    const said = [...bare.received.matchAll(/Connection: (\S+)/g)].map(([, connection]) => connection);
    expect(said).toEqual(['keep-alive', 'keep-alive', 'close']);
    expect(bare.received.match(/1\.2\.3/g)).toHaveLength(2);
  });

  it('finishes a batch to its last item', async () => {
    await using open = await openDoor();
    const item = (method: string, id: number) => ({ jsonrpc: '2.0', method, id });
    const pending = open.post([item('ver', 1), item('slow', 2), item('ver', 3)]);
    await until(() => open.door.waiting === 1);
    const stopping = open.server.stop(3_600_000);
    open.door.release();
    expect(JSON.parse((await pending).body)).toHaveLength(3);
    await stopping;
  });

  it('sends an answer to its last byte to a client that reads slowly', async () => {
    await using open = await openDoor();
    const long = 'x'.repeat(20_000_000);
    open.door.result = () => long;
    const bare = await open.connect();
    bare.socket.pause();
    bare.send(post('{"method":"result","params":[]}'));
    await until(() => open.entries.some((e) => e.message === 'call'));
    const stopping = open.server.stop(3_600_000);
    await expect(open.connect()).rejects.toThrow();
    bare.socket.resume();
    await stopping;
    await until(() => bare.closed);
    expect(bare.received.length).toBeGreaterThan(long.length);
    expect(bare.received.endsWith('x"]}')).toBe(true);
  });

  it('waits for the rest of a body that has begun', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(post(ver).slice(0, -5));
    await until(async () => (await open.post(ver)).status === 200);
    const stopping = open.server.stop(3_600_000);
    bare.send(ver.slice(-5));
    await stopping;
    await until(() => bare.closed);
    expect(bare.received).toContain('{"version":"1.1","result":["1.2.3"]}');
  });

  it('does not wait for idle connections', async () => {
    await using open = await openDoor();
    const fresh = await open.connect();
    const idle = await open.connect();
    idle.send(post(ver));
    const begun = await open.connect();
    begun.send('POST / HTT');
    await until(() => idle.received.includes('1.2.3'));
    await open.server.stop(3_600_000);
    await until(() => fresh.closed && idle.closed && begun.closed);
  });

  it('waits no longer than its grace', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(post(slow));
    await until(() => open.door.waiting === 1);
    await open.server.stop(50);
    await until(() => bare.closed);
    expect(bare.received).toBe('');
  });

  it('may be stopped twice', async () => {
    await using open = await openDoor();
    await Promise.all([open.server.stop(1_000), open.server.stop(1_000)]);
    await open.server.stop(1_000);
  });
});
