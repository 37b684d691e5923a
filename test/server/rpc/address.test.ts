import { describe, expect, it } from 'vitest';
import { siteOf } from '../../../src/base/addresses.ts';
import { openDoor } from './fakeDoor.ts';

const ver = { method: 'ver', params: [] };
const PROXIES = ['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48'];

describe('the address of a client', () => {
  it.each([
    ['nothing forwarded', {}, '127.0.0.1'],
    ['one address', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
    ['the last of many', { 'x-forwarded-for': '203.0.113.1, 192.0.2.7' }, '192.0.2.7'],
    ['the last that is no proxy', { 'x-forwarded-for': ' 203.0.113.1,192.0.2.7 , 10.0.0.1,10.0.0.2' }, '192.0.2.7'],
    ['the first where all are proxies', { 'x-forwarded-for': '10.0.0.1, 10.0.0.2' }, '10.0.0.1'],
    ['an IPv6 proxy', { 'x-forwarded-for': '192.0.2.7, 2001:db8:1::5' }, '192.0.2.7'],
    ['IPv6', { 'x-forwarded-for': '2001:DB8:0::1' }, '2001:db8::1'],
    ['IPv6 with a port', { 'x-forwarded-for': '[2001:db8::1]:443' }, '2001:db8::1'],
    ['IPv4 with a port', { 'x-forwarded-for': '192.0.2.7:443' }, '192.0.2.7'],
    ['IPv4 inside IPv6', { 'x-forwarded-for': '192.0.2.7, ::ffff:10.0.0.1' }, '192.0.2.7'],
    ['many headers', { 'x-forwarded-for': ['203.0.113.1', '192.0.2.8'] }, '192.0.2.8'],
    ['X-Real-IP', { 'x-real-ip': '192.0.2.9' }, '192.0.2.9'],
    ['both: X-Real-IP does not count', { 'x-forwarded-for': '192.0.2.7', 'x-real-ip': '192.0.2.9' }, '192.0.2.7'],
    ['an empty entry', { 'x-forwarded-for': '192.0.2.7, ' }, '127.0.0.1'],
    ['a sentence', { 'x-forwarded-for': 'it was me' }, '127.0.0.1'],
    ['a sentence before a proxy', { 'x-forwarded-for': 'it was me, 10.0.0.1' }, '10.0.0.1'],
    ['an address in short form', { 'x-forwarded-for': '127.1' }, '127.0.0.1'],
    ['a script', { 'x-real-ip': '<script>' }, '127.0.0.1'],
    ['control characters', { 'x-forwarded-for': '1.2.3.4\u0085\u009b31m' }, '127.0.0.1'],
    ['a quote', { 'x-forwarded-for': '1.2.3.4","actor":"root' }, '127.0.0.1'],
    ['two X-Real-IP', { 'x-real-ip': ['192.0.2.9', '192.0.2.10'] }, '127.0.0.1'],
  ])('is the one that the trusted proxies report: %s', async (_, headers, address) => {
    await using open = await openDoor({ proxies: { trusted: PROXIES } });
    await open.post(ver, headers);
    expect(open.door.calls[0]?.origin).toMatchObject({ address, socketAddress: '127.0.0.1' });
    expect(open.entries).toMatchObject([{ message: 'call', address, socketAddress: '127.0.0.1' }]);
  });

  it('is the peer’s if that is not a trusted proxy; the header is logged', async () => {
    const unnamed: string[] = [];
    await using open = await openDoor({
      proxies: { trusted: ['10.0.0.0/8'], onUnnamed: (peer) => unnamed.push(peer) },
    });
    for (let i = 0; i < 3; i++) {
      await open.post(ver, { 'x-forwarded-for': `192.0.2.${i}, 10.0.0.1`, 'x-real-ip': '192.0.2.9' });
      expect(open.door.calls[i]?.origin).toMatchObject({ address: '127.0.0.1', socketAddress: '127.0.0.1' });
      expect(open.entries[i]).toMatchObject({ address: '127.0.0.1', forwarded: `192.0.2.${i}, 10.0.0.1` });
    }
    expect(unnamed).toEqual(['127.0.0.1']);
  });

  it('is found at the end of a header of any length, and little of it is logged', async () => {
    await using open = await openDoor({ proxies: { trusted: PROXIES } });
    await open.post(ver, { 'x-forwarded-for': `${'x'.repeat(10_000)}, 192.0.2.7` });
    expect(open.entries).toMatchObject([{ address: '192.0.2.7' }]);
    expect(open.logged.length).toBeLessThan(1_500);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['-', '-'],
])('%s counts as %s', (address, site) => expect(siteOf(address)).toBe(site));
