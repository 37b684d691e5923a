import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPortal, type Portal } from '../server/dialects/portal.ts';

/** A real browser with pages of another site, which applies its own rules to what they may send and read. */

const CLIENT = fileURLToPath(new URL('../../dist/client/', import.meta.url));
let pages: http.Server;
let portal: Portal;
let browser: Browser;
let port: number;

/** The files of the other site: the built client, and nothing else. */
interface Window {
  readonly client: typeof import('../../src/client/client.ts');
}

beforeAll(async () => {
  pages = http.createServer(async ({ url = '/' }, response) => {
    const script = /^\/(\w+\.js)$/.exec(url)?.[1];
    response.setHeader('Content-Type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(
      script === undefined
        ? '<!doctype html><script type="module">import * as client from "/client.js"; window.client = client;</script>'
        : await readFile(`${CLIENT}${script}`),
    );
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  ({ port } = pages.address() as AddressInfo);
  portal = await openPortal({ corsOrigins: [`http://127.0.0.1:${port}`] });
  const executablePath = await sparticuz.executablePath();
  // The default arguments of the package switch off the check that these tests are about.
  const args = sparticuz.args.filter((arg) => !/web-security|site-isolation|insecure/.test(arg));
  browser = await chromium.launch({ executablePath, args, headless: true });
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await portal?.[Symbol.asyncDispose]();
  pages?.close();
});

/** A page on this host name; `localhost` is another origin than 127.0.0.1, and only the latter is named. */
async function openPage(host: '127.0.0.1' | 'localhost'): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://${host}:${port}/`);
  await page.waitForFunction('"client" in window');
  return page;
}

const callAdminister = async ([url, token]: readonly string[]) => {
  const { client } = globalThis as unknown as Window;
  const steward = new client.StewardClient({ url: String(url), token: String(token) });
  const added = await steward.administer.addUser({ user: 'from-a-browser' }).catch((error) => error);
  if (added instanceof client.StewardCallError) return { refused: added.reason };
  const unknown = await steward.administer.addAdmin({ user: 'nobody' }).catch((error) => error);
  const response = await fetch(String(url), {
    method: 'POST',
    headers: { authorization: String(token), 'content-type': 'application/json', 'steward-receipt': 'header' },
    body: JSON.stringify({ jsonrpc: '2.0', method: 'administer', params: { command: 'listAdmins' }, id: 1 }),
  });
  const answered = (await response.json()) as object;
  return {
    receipt: added.receipt,
    user: added.result.user,
    unknown: [unknown instanceof client.NotFoundError, unknown.reason],
    header: response.headers.get('steward-receipt'),
    keys: Object.keys(answered),
  };
};

const readManifest = async ([url, method = 'GET']: readonly string[]) => {
  const response = await fetch(String(url), { method }).catch(() => undefined);
  if (response === undefined) return 'not readable';
  const text = await response.text();
  return [response.status, text === '' ? '' : JSON.parse(text).label];
};

describe('a page of another origin, in a real browser', () => {
  it('calls administer through the TypeScript client if its origin is named', async () => {
    const page = await openPage('127.0.0.1');
    const came = await page.evaluate(callAdminister, [portal.url, portal.tokenOf('boss')]);
    expect(came).toMatchObject({
      user: 'from-a-browser',
      receipt: { record: expect.any(String), hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      unknown: [true, 'user_unknown'],
      header: expect.stringMatching(/^\S+ [0-9a-f]{64}$/),
      keys: ['jsonrpc', 'result', 'id'],
    });
  });

  it('cannot call if its origin is not named', async () => {
    const page = await openPage('localhost');
    const came = await page.evaluate(callAdminister, [portal.url, portal.tokenOf('boss')]);
    expect(came).toEqual({ refused: 'connection' });
  });

  it('loads a manifest from any origin, and learns of a missing one', async () => {
    await portal.run('createIiifObject', {
      base: portal.url,
      type: 'manifest',
      identifier: 'browser1',
      object: { label: 'Seen from elsewhere' },
    });
    for (const host of ['127.0.0.1', 'localhost'] as const) {
      const page = await openPage(host);
      const manifest = `${portal.url}/browser1/manifest`;
      expect(await page.evaluate(readManifest, [manifest])).toEqual([200, 'Seen from elsewhere']);
      expect(await page.evaluate(readManifest, [manifest, 'HEAD'])).toEqual([200, '']);
      expect(await page.evaluate(readManifest, [`${portal.url}/missing1/manifest`])).toEqual([404, undefined]);
    }
  });

  it('cannot read what is not public, unless its origin is named', async () => {
    const read = async (url: string) => (await fetch(url).catch(() => undefined))?.status ?? 'not readable';
    const staff = `${portal.url}/auth/staff`;
    expect(await (await openPage('localhost')).evaluate(read, staff)).toBe('not readable');
    expect(await (await openPage('127.0.0.1')).evaluate(read, staff)).toBe(401);
  });

  it('is shown at the address of the service', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('console', (message) => errors.push(message.text()));
    await page.goto(portal.url);
    expect(await page.textContent('h1')).toBe('Steward');
    await page.click('text=healthz');
    expect(await page.textContent('body')).toContain('"status":"ok"');
    expect(errors.filter((text) => !text.includes('favicon'))).toEqual([]);
  });
});
