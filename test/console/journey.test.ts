import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobView } from '../../src/base/schemas/generated.ts';
import { LONG } from '../support/long.ts';
import {
  type ConsoleBrowser,
  choose,
  goTo,
  openBrowser,
  overflowing,
  settled,
  signInOn,
  tabTo,
  VIEWS,
  violations,
} from './browser.ts';
import { type ConsoleWorld, fillFolder, openWorld } from './world.ts';

/** A day of an administrator, through all views of the console, against the real service. */

const BELONGINGS = LONG ? 100_000 : 150;

let world: ConsoleWorld;
let browser: ConsoleBrowser;
let admin: Page;
/** How much was transferred up to the first view of that page. */
let firstViewBytes = 0;

beforeAll(async () => {
  world = await openWorld();
  const { service } = world;
  await world.withDatabase((db) => fillFolder(db, 'leaver', BELONGINGS));
  for (const workspace of ['nadia:lab', 'nadia:field']) {
    await service.call('nadia', 'Workspace.create_workspace', [{ workspace }]);
  }
  await world.run('createRole', { params: { name: 'curators', members: ['successor'] } });
  await world.run('setAcl', {
    params: {
      ...{ id: 'ws1', mode: 'merge' },
      grants: [{ accountType: 'ApplicationRole', account: 'curators', level: 'write' }],
    },
  });
  await service.call('leaver', 'Workspace.request_module_ownership', ['Genomes']);
  browser = await openBrowser(service.url);
  admin = await signInOn(await browser.open((bytes) => (firstViewBytes += bytes)), service.tokenOf('admin'));
  await admin.getByRole('region', { name: 'Requests for modules' }).getByText('Genomes').waitFor();
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const ownerOf = async (id: string) => {
  const { owners } = (await world.run('getResource', { params: { id } })) as { owners: readonly { owner: string }[] };
  return owners.map(({ owner }) => owner);
};

/** The job of the off-boarding; undefined before it begins. */
const offBoarding = async () =>
  ((await world.run('listJobs', { params: { kind: 'offboard' } })) as { jobs: readonly JobView[] }).jobs[0];

async function lookUpPerson(page: Page, name: string): Promise<void> {
  await goTo(page, 'Person');
  await page.getByRole('combobox', { name: 'User or role' }).fill(name);
  await page.getByRole('button', { name: 'Look up' }).click();
}

async function lookUpWorkspace(page: Page, name: string): Promise<void> {
  await goTo(page, 'Resource');
  await page.getByLabel('Name or number').fill(name);
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByRole('heading', { name }).waitFor();
}

/** Searches the audit for calls of a command that were carried out, and opens the record of the newest. */
async function openRecord(page: Page, command: string): Promise<void> {
  // The filters that were set before are gone when the view is opened again.
  await goTo(page, 'Jobs');
  await goTo(page, 'Audit');
  await page.getByLabel('Command').fill(command);
  await page.getByRole('combobox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'Success' }).click();
  await page.getByRole('button', { name: 'Search' }).click();
  await page
    .getByRole('button', { name: `Open the record of ${command}` })
    .first()
    .click();
  await page.getByText(`${command} by admin`).waitFor();
}

describe('with the console, an administrator', () => {
  it('transfers less than 350 KB up to the first view', () => {
    expect(firstViewBytes).toBeGreaterThan(50_000);
    expect(firstViewBytes).toBeLessThan(350_000);
  });

  it('approves a requested module', async () => {
    await admin.getByRole('region', { name: 'Requests for modules' }).getByRole('button', { name: 'Approve' }).click();
    await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await admin.getByText('approveModRequest was carried out').waitFor();
    await admin.getByRole('button', { name: 'Close' }).click();
    expect(await world.run('listModRequests')).toEqual([]);
  });

  it('sees what a person has, and lists it', async () => {
    await lookUpPerson(admin, 'nadia');
    await admin.getByRole('button', { name: '2 × workspace' }).click();
    await admin.getByRole('link', { name: 'nadia:field' }).waitFor();
    await admin.getByText('They administer nothing.').waitFor();
    await admin.getByRole('region', { name: 'Recent acts of nadia' }).getByText('create_workspace').first().waitFor();
    await admin.getByRole('region', { name: 'Recent acts on nadia' }).getByText('addUser').waitFor();
    await lookUpPerson(admin, 'role:curators');
    await admin.getByRole('region', { name: 'Members of the role' }).getByText('successor').waitFor();
  });

  it('sees who may do what with a workspace, and why', async () => {
    await lookUpWorkspace(admin, 'nadia:lab');
    const ask = async (user: string, answer: string) => {
      await admin.getByLabel('What may this user do?').fill(user);
      await admin.getByRole('button', { name: 'Ask' }).click();
      await admin.getByText(answer).waitFor();
    };
    await ask('successor', 'successor may write: through the role curators.');
    await ask('leaver', 'leaver may do nothing with it: nothing gives them a right.');
    await ask('nadia', 'nadia may do everything: they own it.');
  });

  it('grants a right, after seeing the rights before and after', async () => {
    await lookUpWorkspace(admin, 'nadia:field');
    const section = admin.getByRole('region', { name: 'Change the rights' });
    await section.getByLabel('User or role').fill('colleague');
    await section.getByRole('button', { name: 'Show the new rights' }).click();
    await section.getByText('grants').first().waitFor();
    await section.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await section.getByText('setAcl was carried out').waitFor();
    expect(await world.run('getAcl', { params: { id: 'ws2' } })).toMatchObject({
      grants: [{ account: 'colleague', level: 'read' }],
    });
  });

  it('changes an owner after seeing the change, and is refused once it would be another', async () => {
    await lookUpWorkspace(admin, 'nadia:lab');
    const section = admin.getByRole('region', { name: 'Change the owner' });
    await section.getByLabel('New owner').fill('successor');
    await section.getByRole('button', { name: 'Show the new owner' }).click();
    await section.getByText('workspaces/ws1 (nadia:lab)').waitFor();
    await section.getByRole('row', { name: 'owners ["nadia"] ["successor"]' }).waitFor();
    expect(await ownerOf('ws1')).toEqual(['nadia']);
    await section.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await section.getByText('changeOwnership was carried out').waitFor();
    expect(await ownerOf('ws1')).toEqual(['successor']);

    await lookUpWorkspace(admin, 'nadia:field');
    await section.getByLabel('New owner').fill('successor');
    await section.getByRole('button', { name: 'Show the new owner' }).click();
    await section.getByRole('button', { name: 'Apply exactly this plan' }).waitFor();
    await world.run('setWorkspaceOwner', { params: { wsi: { id: 2 }, new_user: 'colleague' } });
    await section.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await section.getByText('plan_stale').waitFor();
    expect(await section.getByRole('button', { name: 'Apply exactly this plan' }).isDisabled()).toBe(true);
    expect(await ownerOf('ws2')).toEqual(['colleague']);
  });

  it(
    `off-boards a leaver with ${BELONGINGS} resources and watches the job${LONG ? ', over a restart of the service' : ''}`,
    async () => {
      await lookUpPerson(admin, 'leaver');
      await admin.getByText(`${(BELONGINGS - 1).toLocaleString('en')} × plate`).waitFor();
      await admin.getByRole('combobox', { name: 'New owner' }).fill('successor');
      await admin.getByRole('button', { name: 'Show the plan' }).click();
      await admin.getByText(`${BELONGINGS.toLocaleString('en')} resources would be moved`).waitFor();
      await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
      if (LONG) {
        await expect.poll(async () => (await offBoarding())?.state, { interval: 5 }).toBe('running');
        await world.restart();
      }
      const job = admin.getByRole('region', { name: 'Job' });
      await job.getByText('done', { exact: true }).waitFor({ timeout: LONG ? 3_000_000 : 180_000 });
      expect(await offBoarding()).toMatchObject({ state: 'done', moved: BELONGINGS, failed: 0, skipped: 0 });
      await goTo(admin, 'Jobs');
      await admin.getByRole('region', { name: 'List of jobs' }).getByText('offboard').waitFor();
    },
    LONG ? 3_600_000 : 300_000,
  );

  it('finds what was done in the audit with its place in the sealed log, and reverts it', async () => {
    for (const command of LONG ? ['approveModRequest', 'offboard'] : []) {
      await openRecord(admin, command);
      await admin.getByRole('button', { name: 'Close' }).click();
    }
    await openRecord(admin, 'changeOwnership');
    const dialog = admin.getByRole('dialog', { name: 'Audit record' });
    await dialog.getByText('workspaces/ws1').waitFor();
    await dialog.getByRole('button', { name: 'Show its place in the sealed log' }).click();
    await dialog.getByText(/^Record [\d,]+ of [\d,]+ in the sealed log\.$/).waitFor();
    await dialog.getByRole('button', { name: 'Revert' }).click();
    await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await admin.getByText('revert was carried out').waitFor();
    expect(await ownerOf('ws1')).toEqual(['nadia']);
    await admin.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('follows the audit, and sees what others do as it happens', async () => {
    await goTo(admin, 'Jobs');
    await goTo(admin, 'Audit');
    await admin.getByRole('img', { name: /^Acts in the last 14 days: .*admin \d+/ }).waitFor();
    await admin.getByLabel('Follow live').check();
    await world.service.administer('colleague', { command: 'addUser', user: 'newcomer', reason: 'seen at once' });
    await admin.getByText('seen at once').waitFor();
    await admin.getByLabel('Follow live').uncheck();
  });

  it('sees how the service is, changes a setting, and is told whether a call would be let through', async () => {
    await goTo(admin, 'Service');
    await admin.getByRole('region', { name: 'Health' }).getByText('well').first().waitFor();
    await admin.getByRole('region', { name: 'Throughput and lag' }).getByText('Records sealed').waitFor();
    await admin.getByRole('region', { name: 'Throughput and lag' }).getByText('E-mails due').waitFor();
    await admin.getByLabel('backend-file-retrieval-scaling').fill('3');
    await admin.getByRole('button', { name: 'Show the change' }).click();
    await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await admin.getByText('setConfig was carried out').waitFor();
    expect(await world.run('getConfig')).toEqual({ config: { 'backend-file-retrieval-scaling': 3 } });
    const section = admin.getByRole('region', { name: 'Explain a call' });
    await section.getByLabel('Command').fill('lockWorkspace');
    await section.getByLabel('Called by').fill('reader');
    await section.getByLabel('Parameters').fill('[]');
    await section.getByRole('button', { name: 'Explain' }).click();
    await section.getByText('This must be an object').waitFor();
    await section.getByLabel('Parameters').fill('');
    await section.getByRole('button', { name: 'Explain' }).click();
    await section.getByText('It is refused').waitFor();
    await section.getByLabel('Called by').fill('');
    await section.getByRole('button', { name: 'Explain' }).click();
    await section.getByText('It needs a ticket').waitFor();
  });

  it.runIf(LONG)('who may only read is offered nothing that writes', async () => {
    const page = await signInOn(await browser.open(), world.service.tokenOf('reader'));
    await choose(page, 'addUser');
    await page.getByText('Choose a command').waitFor();
    await choose(page, 'listUsers');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('Recorded').waitFor();
    await lookUpPerson(page, 'colleague');
    await page.getByText('1 × workspace').waitFor();
    expect(await page.getByText('Off-board').count()).toBe(0);
    await lookUpWorkspace(page, 'nadia:lab');
    await page.getByText('Who may do what').waitFor();
    expect(await page.getByText('Change the owner').count()).toBe(0);
    await goTo(page, 'Service');
    expect(await page.getByRole('button', { name: 'Show the change' }).count()).toBe(0);
  });

  it('can use it by keyboard alone, from signing in to the receipt of a command', async () => {
    const page = await browser.open();
    await tabTo(page, /^\|Token/);
    await page.keyboard.type(world.service.tokenOf('admin'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await tabTo(page, /Run a command$/);
    await page.keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Command' }).waitFor();
    await tabTo(page, /^\|Command/);
    await page.keyboard.type('addUser');
    await page.keyboard.press('Escape');
    await tabTo(page, /^\|User \*/);
    await page.keyboard.type('keyla');
    await tabTo(page, /Show what would change$/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Apply exactly this plan' }).waitFor();
    await tabTo(page, /Apply exactly this plan$/);
    await page.keyboard.press('Enter');
    await page.getByText('addUser was carried out').waitFor();
    expect(await world.run('listUsers', { params: { prefix: 'keyla' } })).toMatchObject({ users: [{ user: 'keyla' }] });
  });

  it.each(VIEWS)('sees %s fit the window, without a breach of a rule of WCAG 2.2 AA', async (view) => {
    await goTo(admin, view);
    await settled(admin);
    expect(await overflowing(admin)).toEqual([]);
    expect(await violations(admin)).toEqual([]);
  });

  it('leaves no complaint of the browser', () => {
    expect(browser.strangers).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});
