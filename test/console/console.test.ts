import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

/** The operator's console in a real browser, against the built service. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '<img src=x onerror="document.title=1">';
const POLICY = `rules:
  - name: four-eyes
    who: [anybody]
    commands: [deleteRole]
    require:
      approvals: {count: 1}
`;

let folder: Awaited<ReturnType<typeof serviceFolder>>;
let service: Running;
let browser: Browser;
/** Signed in as an administrator, for all tests that do not sign out. */
let admin: Page;
/** How much was transferred up to the first view of that page. */
let firstViewBytes = 0;
/** Requests to anywhere but the service, and what the browser complained about, of all pages. */
const strangers: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  folder = await serviceFolder();
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, POLICY);
  service = await startRunning(folder.path, { ...onSharedMongod(), STEWARD_POLICY_FILE: policy });
  await service.administer('admin', { command: 'addUser', user: 'reader' });
  await service.administer('admin', { command: 'addAdmin', user: 'reader', params: { role: 'readOnly' } });
  await service.administer('admin', { command: 'addUser', user: 'nadia', reason: HOSTILE });
  await service.administer('admin', { command: 'addUser', user: 'colleague' });
  await service.administer('admin', { command: 'addAdmin', user: 'colleague' });
  for (const user of ['leaver', 'successor']) await service.call(user, 'ver', []);
  for (const user of ['leaver', 'successor', 'reader']) await service.call(user, 'Workspace.list_workspace_info', [{}]);
  for (let n = 0; n < 3; n += 1) {
    await service.call('leaver', 'Workspace.create_workspace', [
      { workspace: `leaver:plan${n}`, description: HOSTILE },
    ]);
  }
  await service.call('leaver', 'Workspace.request_module_ownership', ['Genomes']);
  const args = sparticuz.args.filter((arg) => !/web-security|site-isolation|insecure/.test(arg));
  browser = await chromium.launch({ executablePath: await sparticuz.executablePath(), args, headless: true });
  admin = await signInOn(await openConsole((bytes) => (firstViewBytes += bytes)), 'admin');
  await admin.getByText('Genomes').waitFor();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await service?.end('SIGTERM');
  await folder?.[Symbol.asyncDispose]();
});

/** A page of a browser that has nothing stored; `onBytes` is told of all that it transfers. */
async function openConsole(onBytes?: (bytes: number) => void): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  if (onBytes !== undefined) {
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => onBytes(encodedDataLength));
  }
  page.on('request', (request) => {
    if (!request.url().startsWith(service.url) && !request.url().startsWith('data:')) strangers.push(request.url());
  });
  page.on('console', (message) => {
    if (/Content Security Policy|unsafe-eval/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${service.url}/console`);
  return page;
}

async function signInOn(page: Page, user: string): Promise<Page> {
  await page.getByLabel(/^Token/).fill(service.tokenOf(user));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  return page;
}

const goTo = (page: Page, view: string) => page.getByRole('link', { name: view, exact: true }).click();

async function choose(page: Page, command: string): Promise<void> {
  await goTo(page, 'Run a command');
  await page.getByRole('combobox', { name: 'Command' }).fill(command);
  await page.keyboard.press('Escape');
}

/** The rules of WCAG that the page breaks. */
async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated by the browser's debugger, which the page's policy does not concern.
  await page.evaluate(AXE);
  const found = await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  );
  return found as readonly string[];
}

describe('the console', () => {
  it('comes with a policy that runs nothing but its own scripts, and a nonce of its own in each response', async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => {
        const response = await fetch(`${service.url}/console/`);
        const policy = response.headers.get('content-security-policy') ?? '';
        const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
        expect(await response.text()).toContain(`nonce="${nonce}"`);
        return policy;
      }),
    );
    expect(policies[0]).not.toBe(policies[1]);
    expect(policies[0]).toContain("default-src 'none'; script-src 'self';");
    expect(policies[0]).toContain("frame-ancestors 'none'");
    expect(policies[0]).not.toMatch(/unsafe/);
  });

  it('serves the files of the build and no others', async () => {
    for (const path of ['console/../package.json', 'console/%2e%2e/main.js', 'console/sources', 'console/none.js']) {
      expect((await fetch(`${service.url}/${path}`)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('transfers less than 350 KB up to the first view', () => {
    expect(firstViewBytes).toBeGreaterThan(50_000);
    expect(firstViewBytes).toBeLessThan(350_000);
  });

  it('says why a token is refused, and keeps none where a reload would find it', async () => {
    const page = await openConsole();
    await page.getByLabel(/^Token/).fill('not a token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are not signed in').waitFor();
    await signInOn(page, 'admin');
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(
      service.tokenOf('admin'),
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel(/^Token/).waitFor();
    expect(await page.getByLabel(/^Token/).inputValue()).toBe('');
  });

  it('shows what a command would change, carries out exactly that, and refuses a plan that is stale', async () => {
    const page = admin;
    await choose(page, 'addUser');
    await page.getByLabel(/^User \*$/).fill('omar');
    expect(await page.getByTestId('script-steward').textContent()).toContain('npx steward sudo addUser omar');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText('principals/').waitFor();
    expect(await service.administer('admin', { command: 'listUsers', params: { prefix: 'omar' } })).toMatchObject({
      result: [{ users: [] }],
    });
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    const record = await page.getByTestId('receipt').textContent();
    const { result } = await service.administer('admin', { command: 'getAudit', params: { record } });
    expect(result?.[0]).toMatchObject({ records: [{ command: 'addUser', outcome: 'success' }] });

    await choose(page, 'disableUser');
    await page.getByLabel(/^User \*$/).fill('omar');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('button', { name: 'Apply exactly this plan' }).waitFor();
    await service.administer('admin', { command: 'renameUser', user: 'omar', params: { username: 'omar2' } });
    await service.administer('admin', { command: 'renameUser', user: 'omar2', params: { username: 'omar' } });
    await service.administer('admin', { command: 'disableUser', user: 'omar' });
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await page.getByText('plan_stale').waitFor();
    expect(await page.getByRole('button', { name: 'Apply exactly this plan' }).isDisabled()).toBe(true);
  });

  it('approves a requested module', async () => {
    await goTo(admin, 'Today');
    await admin.getByRole('region', { name: 'Requests for modules' }).getByRole('button', { name: 'Approve' }).click();
    await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await admin.getByText('approveModRequest was carried out').waitFor();
    await admin.getByRole('button', { name: 'Close' }).click();
    expect((await service.administer('admin', { command: 'listModRequests' })).result).toEqual([[]]);
  });

  it.each([
    ['Deny', 'denyApproval', { state: 'denied' }],
    ['Approve', 'approve', { state: 'open', approvals: [{ by: 'admin', reason: 'as agreed', counts: true }] }],
  ])('%s: decides on a request after showing what it would change, with a reason', async (label, decision, outcome) => {
    const role = `for-${decision}`;
    await service.administer('admin', { command: 'createRole', params: { name: role } });
    await service.administer('colleague', { command: 'deleteRole', params: { name: role } });
    await goTo(admin, 'Jobs');
    await goTo(admin, 'Today');
    await admin.getByRole('button', { name: `${label}: deleteRole of colleague` }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByText(role).first().waitFor();
    await dialog.getByText(/^roles\/role-/).waitFor();
    expect(await dialog.getByRole('button', { name: 'Go on' }).isDisabled()).toBe(true);
    await dialog.getByLabel(/^Why/).fill('as agreed');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await dialog.getByText(`${decision} was carried out`).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const { result } = await service.administer('admin', { command: 'listApprovals' });
    const [list] = (result ?? []) as { requests: readonly { params: { name: string } }[] }[];
    expect(list?.requests.find(({ params }) => params.name === role)).toMatchObject(outcome);
  });

  it('offers a read-only administrator nothing that writes', async () => {
    const page = await signInOn(await openConsole(), 'reader');
    await choose(page, 'addUser');
    await page.getByText('Choose a command').waitFor();
    await choose(page, 'listUsers');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('Recorded').waitFor();
    await goTo(page, 'Person');
    await page.getByLabel('User name').fill('leaver');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('3 × workspace').waitFor();
    expect(await page.getByText('Off-board').count()).toBe(0);
  });

  it('off-boards a leaver, shows the job to its end, and finds it in the audit', async () => {
    const page = admin;
    await goTo(page, 'Person');
    await page.getByLabel('User name').fill('leaver');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('3 × workspace').waitFor();
    await page.getByLabel('New owner').fill('successor');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByText('3 resources would be moved').waitFor();
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await page.getByRole('region', { name: 'Job' }).getByText('done', { exact: true }).waitFor();
    await goTo(page, 'Audit');
    await page.getByLabel('Command').fill('offboard');
    await page.getByRole('button', { name: 'Search' }).click();
    await page
      .getByRole('button', { name: /Open the record of offboard/ })
      .first()
      .click();
    await page.getByText('offboard by admin').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
  });

  it('shows hostile text as text', async () => {
    const page = admin;
    // The filters that another test has set are gone when the view is opened again.
    await goTo(page, 'Jobs');
    await goTo(page, 'Audit');
    await page.getByText(HOSTILE).first().waitFor();
    expect(await page.title()).toBe('Steward console');
  });

  it.each(['light', 'dark'] as const)('breaks no rule of WCAG 2.2 AA in any view (%s)', async (colorScheme) => {
    const page = await openConsole();
    await page.emulateMedia({ colorScheme });
    expect(await violations(page)).toEqual([]);
    await admin.emulateMedia({ colorScheme });
    for (const view of ['Today', 'Person', 'Run a command', 'Jobs', 'Audit']) {
      await goTo(admin, view);
      await admin.getByRole('heading', { name: view, level: 1 }).waitFor();
      await admin
        .getByLabel(/^Loading/)
        .first()
        .waitFor({ state: 'detached' });
      expect(await violations(admin), view).toEqual([]);
    }
  });

  it('asked nobody but the service, and broke no rule of its own policy', () => {
    expect(strangers).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
