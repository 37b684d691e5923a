import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import {
  type ConsoleBrowser,
  goTo,
  openBrowser,
  overflowing,
  settled,
  signInOn,
  VIEWS,
  type View,
  violations,
} from './browser.ts';
import { type ConsoleWorld, fillFolder, furnish, openWorld } from './world.ts';

/** How the console looks, in each view, on wide and narrow screens, light and dark. */

/** Where `npm run console:screens` wants pictures of all views. */
const SCREENS = process.env.STEWARD_SCREENS;
const WIDTHS = { 1440: 900, 390: 844 } as const;
const MANY = 10_000;

let world: ConsoleWorld;
let browser: ConsoleBrowser;
let admin: Page;
let manyIn: string;
/** Of an administrator who has a password, and with it sessions. */
let token: string;

/** Shows something in each view, where it does not by itself. */
const SHOWING: Partial<Record<View, (page: Page) => Promise<void>>> = {
  Person: async (page) => {
    await page.getByRole('combobox', { name: 'User or role' }).fill('leaver');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('2 × workspace').waitFor();
  },
  Resource: async (page) => {
    await page.getByLabel('Name or number').fill('leaver:soil');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('e_coli').waitFor();
    await page.getByLabel('What may this user do?').fill('nadia');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByText('nadia may write: they were granted it.').waitFor();
  },
  'Run a command': async (page) => {
    await page.getByRole('combobox', { name: 'Command' }).fill('addUser');
    await page.keyboard.press('Escape');
    await page.getByLabel(/^User \*$/).fill('omar');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText('principals/').waitFor();
  },
  Jobs: async (page) => {
    await page.getByRole('button', { name: /Show the job changeOwner/ }).click();
    await page.getByRole('region', { name: 'Job' }).getByText('done', { exact: true }).waitFor();
  },
  Audit: async (page) => {
    await page.getByRole('img', { name: /^Acts in the last/ }).waitFor();
  },
  'Your account': async (page) => {
    await page.getByText('this one').waitFor();
    await page.getByText(/^Laptop, added/).waitFor();
  },
};

async function photograph(page: Page, name: string): Promise<void> {
  if (SCREENS === undefined) return;
  mkdirSync(SCREENS, { recursive: true });
  await page.screenshot({ path: join(SCREENS, `${name}.png`), animations: 'disabled' });
}

const slug = (view: string) => view.toLowerCase().replaceAll(' ', '-');

describe.runIf(LONG || SCREENS !== undefined)('the console', () => {
  beforeAll(async () => {
    world = await openWorld();
    await furnish(world);
    token = await world.signedInWithPassword('grace');
    manyIn = await world.withDatabase((db) => fillFolder(db, 'nadia', MANY + 1));
    browser = await openBrowser(world.service.url);
    admin = await browser.open();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  it('signs in on a page that fits any screen and breaks no rule of WCAG', async () => {
    for (const [width, height] of Object.entries(WIDTHS)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await admin.setViewportSize({ width: Number(width), height });
        await admin.emulateMedia({ colorScheme });
        await expect.poll(() => overflowing(admin), { message: width }).toEqual([]);
        if (width === '390') expect(await violations(admin), colorScheme).toEqual([]);
        await photograph(admin, `sign-in-${width}-${colorScheme}`);
      }
    }
    await admin.setViewportSize({ width: 1440, height: 900 });
    await signInOn(admin, token);
  });

  it.each(VIEWS)('%s fits wide and narrow screens, and breaks no rule of WCAG 2.2 AA', async (view) => {
    await admin.setViewportSize({ width: 1440, height: 900 });
    await goTo(admin, view);
    await SHOWING[view]?.(admin);
    await settled(admin);
    for (const [width, height] of Object.entries(WIDTHS)) {
      await admin.setViewportSize({ width: Number(width), height });
      for (const colorScheme of ['light', 'dark'] as const) {
        await admin.emulateMedia({ colorScheme });
        await expect.poll(() => overflowing(admin), { message: width }).toEqual([]);
        if ((width === '1440') === (colorScheme === 'light')) {
          expect(await violations(admin), `${width} ${colorScheme}`).toEqual([]);
        }
        await photograph(admin, `${slug(view)}-${width}-${colorScheme}`);
      }
    }
  });

  it(`keeps few of ${MANY} rows in the page, and shows the last of them`, async () => {
    await admin.setViewportSize({ width: 1440, height: 900 });
    await admin.goto(`${world.service.url}/console/#/resource?id=${manyIn}`);
    const table = admin.getByRole('region', { name: 'What lies in it' });
    const last = table.getByText(`plate ${MANY - 1}`, { exact: true });
    await table.waitFor();
    const rowCount = () => table.getByRole('table').getAttribute('aria-rowcount');
    const goOn = async (before: string | null) => {
      await table.press('End');
      expect(await table.getByRole('row').count()).toBeLessThan(100);
      return (await rowCount()) !== before || (await last.isVisible());
    };
    while (!(await last.isVisible())) {
      const before = await rowCount();
      await expect.poll(() => goOn(before), { interval: 100 }).toBe(true);
    }
    expect(await rowCount()).toBe(String(MANY + 1));
  });

  it('asked nobody but the service, and broke no rule of its own policy', () => {
    expect(browser.strangers).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});
