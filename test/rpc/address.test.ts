import { describe, expect, it } from 'vitest';
import { openDoor } from './fakeDoor.ts';

const ver = { method: 'ver', params: [] };
const long = 'a'.repeat(101);

describe('the address of a client', () => {
  it.each([
    ['nothing forwarded', {}, '127.0.0.1'],
    ['one address', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
    ['the first of many', { 'x-forwarded-for': ' 192.0.2.7 , 10.0.0.1,10.0.0.2' }, '192.0.2.7'],
    ['IPv6', { 'x-forwarded-for': '2001:db8::1%eth0' }, '2001:db8::1%eth0'],
    ['IPv6 with a port', { 'x-forwarded-for': '[2001:db8::1]:443' }, '[2001:db8::1]:443'],
    ['many headers', { 'x-forwarded-for': ['192.0.2.7', '192.0.2.8'] }, '192.0.2.7'],
    ['X-Real-IP', { 'x-real-ip': '192.0.2.9' }, '192.0.2.9'],
    ['both: the first wins', { 'x-forwarded-for': '192.0.2.7', 'x-real-ip': '192.0.2.9' }, '192.0.2.7'],
    ['an empty list', { 'x-forwarded-for': ' , 192.0.2.7', 'x-real-ip': '192.0.2.9' }, '192.0.2.9'],
    ['a sentence', { 'x-forwarded-for': 'it was me', 'x-real-ip': '<script>' }, '127.0.0.1'],
    ['far too long a name', { 'x-forwarded-for': long, 'x-real-ip': long }, '127.0.0.1'],
    ['control characters', { 'x-forwarded-for': '1.2.3.4\u0085\u009b31m' }, '127.0.0.1'],
    ['a quote', { 'x-forwarded-for': '1.2.3.4","actor":"root' }, '127.0.0.1'],
    ['two X-Real-IP', { 'x-real-ip': ['192.0.2.9', '192.0.2.10'] }, '127.0.0.1'],
  ])('is what a trusted proxy says, where that can be an address: %s', async (_, headers, address) => {
    await using open = await openDoor();
    await open.post(ver, headers);
    expect(open.door.calls[0]?.origin).toMatchObject({ address, socketAddress: '127.0.0.1' });
    expect(open.entries).toMatchObject([{ message: 'call', address, socketAddress: '127.0.0.1' }]);
  });

  it('is the other end of the socket where no proxy is trusted; what was claimed is logged', async () => {
    await using open = await openDoor({ trustForwarded: false });
    await open.post(ver, { 'x-forwarded-for': '192.0.2.7, 10.0.0.1', 'x-real-ip': '192.0.2.9' });
    expect(open.door.calls[0]?.origin).toMatchObject({ address: '127.0.0.1', socketAddress: '127.0.0.1' });
    expect(open.entries).toMatchObject([{ address: '127.0.0.1', forwarded: '192.0.2.7, 10.0.0.1' }]);
  });

  it('is not believed at any length', async () => {
    await using open = await openDoor();
    await open.post(ver, { 'x-forwarded-for': `192.0.2.7,${'x'.repeat(10_000)}` });
    expect(open.entries).toMatchObject([{ address: '192.0.2.7' }]);
    expect(open.logged.length).toBeLessThan(1_500);
  });
});
