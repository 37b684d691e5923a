import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The views of the console, in the order of its navigation. */
export const VIEWS = [
  'Today',
  'Person',
  'Resource',
  'Run a command',
  'Jobs',
  'Audit',
  'Service',
  'Your account',
] as const;
export type View = (typeof VIEWS)[number];

/** A browser with the console of a service in it. No page of it is ever closed: Chromium ends with the first. */
export interface ConsoleBrowser {
  /** A page; `onBytes` is told of all that it transfers, which only for the first are all files of the console. */
  open(onBytes?: (bytes: number) => void): Promise<Page>;
  /** Requests to anywhere but the service, of all pages. */
  readonly strangers: readonly string[];
  /** What the browser complained about, of all pages. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Arguments that make the browser less safe, or have it draw with a processor that it must simulate. */
const UNWANTED = /web-security|site-isolation|insecure|swiftshader|use-gl|in-process-gpu|gpu-blocklist/;

/** Starts a browser for the console of the service at this address. */
export async function openBrowser(url: string): Promise<ConsoleBrowser> {
  const strangers: string[] = [];
  const complaints: string[] = [];
  const args = [...sparticuz.args.filter((arg) => !UNWANTED.test(arg)), '--disable-gpu'];
  const browser: Browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args,
    headless: true,
  });
  // Without motion: to draw it takes more time than all else.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const open = async (onBytes?: (bytes: number) => void) => {
    const page = await context.newPage();
    // A safety net, as in the configuration of the tests: the slowest machine keeps it.
    page.setDefaultTimeout(180_000);
    if (onBytes !== undefined) {
      const session = await page.context().newCDPSession(page);
      await session.send('Network.enable');
      session.on('Network.loadingFinished', ({ encodedDataLength }) => onBytes(encodedDataLength));
    }
    page.on('request', (request) => {
      if (![url, underName(url), 'data:'].some((own) => request.url().startsWith(own))) strangers.push(request.url());
    });
    page.on('console', (message) => {
      if (/Content Security Policy|unsafe-eval/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${url}/console`);
    return page;
  };
  return { open, strangers, complaints, close: () => browser.close() };
}

/** The same address with the name of this machine: passkeys belong to a name, and not to an address. */
export const underName = (url: string): string => url.replace('127.0.0.1', 'localhost');

/** Signs in with a token. */
export async function signInOn(page: Page, token: string): Promise<Page> {
  await page.getByLabel(/^Token/).fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  return page;
}

/** Opens a view by the navigation, which is behind a button where the screen is narrow. */
export async function goTo(page: Page, view: View): Promise<void> {
  const link = page.getByRole('link', { name: view, exact: true });
  const menu = page.getByRole('button', { name: 'Navigation' });
  if (await menu.isVisible()) {
    await menu.click();
    await page.locator('nav').getByRole('link', { name: view, exact: true }).click();
  } else {
    await link.click();
  }
  await page.getByRole('heading', { name: view, level: 1, exact: true }).waitFor();
}

/** Opens the form of a command. */
export async function choose(page: Page, command: string): Promise<void> {
  await goTo(page, 'Run a command');
  await page.getByRole('combobox', { name: 'Command' }).fill(command);
  await page.keyboard.press('Escape');
}

/** Presses Tab until the element with this name has the focus. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let n = 0; n < 100; n += 1) {
    await page.keyboard.press('Tab');
    const named = (await page.evaluate(
      `[document.activeElement.ariaLabel, document.activeElement.labels?.[0]?.textContent, document.activeElement.textContent].join('|')`,
    )) as string;
    if (name.test(named)) return;
  }
  throw new Error(`no element that is reached by Tab has the name ${name}`);
}

/** Waits until nothing on the page is being loaded. */
export async function settled(page: Page): Promise<void> {
  await expect.poll(() => page.locator('[aria-label^="Loading"]').count()).toBe(0);
}

/** The rules of WCAG that the page breaks. */
export async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated by the browser's debugger, which the page's policy does not concern.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  const found = await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  );
  return found as readonly string[];
}

/** What reaches beyond the right edge of the window, if the page can be scrolled there. */
export const overflowing = (page: Page) =>
  page.evaluate(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('main *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 120));
  })()`) as Promise<readonly string[]>;
