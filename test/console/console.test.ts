import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListSessions } from '../../src/base/schemas/generated.ts';
import { StewardClient } from '../../src/client/client.ts';
import { LONG } from '../support/long.ts';
import { codeOf } from '../support/proofs.ts';
import { onSharedMongod, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { type ConsoleBrowser, choose, goTo, openBrowser, signInOn, underName, violations } from './browser.ts';
import { type ConsoleWorld, openWorld } from './world.ts';

/** Who gets into the operator's console, what it gives away, and what it asks for before it writes. */

const PASSWORD = 'correct horse battery staple';
const HOSTILE = '<img src=x onerror="document.title=1">';

let world: ConsoleWorld;
let browser: ConsoleBrowser;
/** Signed in as an administrator, for all tests that do not sign out. */
let admin: Page;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

describe('the console', () => {
  it('comes with a policy that runs nothing but its own scripts, and a nonce of its own in each response', async () => {
    const policies = await Promise.all(
      [1, 2].map(async () => {
        const response = await fetch(`${world.service.url}/console/`);
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
      expect((await fetch(`${world.service.url}/${path}`)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it.runIf(LONG)('is not served where the configuration says so', async () => {
    await using folder = await serviceFolder();
    const service = await startRunning(folder.path, { ...onSharedMongod(), STEWARD_CONSOLE: 'false' });
    for (const path of ['console', 'console/', 'console/index.html']) {
      const response = await fetch(`${service.url}/${path}`);
      expect(response.status, path).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain('Steward console');
    }
    await service.end('SIGTERM');
  });
});

describe.runIf(LONG)('the console in a browser', () => {
  beforeAll(async () => {
    const { service } = world;
    await world.run('renameUser', { user: 'nadia', params: { newName: 'nadja' }, reason: HOSTILE });
    const hostile = { workspace: 'leaver:field', description: HOSTILE, meta: { [HOSTILE]: HOSTILE } };
    await service.call('leaver', 'Workspace.create_workspace', [hostile]);
    await world.run('createRole', { params: { name: HOSTILE, members: ['leaver'] } });
    browser = await openBrowser(service.url);
    admin = await signInOn(await browser.open(), service.tokenOf('admin'));
    await admin.getByText('Nobody waits for a module.').waitFor();
  });
  afterAll(() => browser?.close());

  it('says why a token is refused, and keeps none where a reload would find it', async () => {
    const page = await browser.open();
    await page.getByLabel(/^Token/).fill('not a token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are not signed in').waitFor();
    await signInOn(page, world.service.tokenOf('admin'));
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(
      world.service.tokenOf('admin'),
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel(/^Token/).waitFor();
    expect(await page.getByLabel(/^Token/).inputValue()).toBe('');
  });

  it('signs in with a name and a password, lists the sessions of its user, and ends them', async () => {
    await world.run('createStaff', { params: { username: 'local', password: PASSWORD } });
    await world.run('addAdmin', { user: 'local' });
    const open = async () =>
      ((await world.run('listSessions', { user: 'local' })) as ListSessions['result']).sessions.map((s) => s.client);
    const page = await browser.open();
    await page.getByText('With a password').click();
    await page.getByLabel(/^Name/).fill('local');
    await page.getByLabel(/^Password/).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('login_refused').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Today' }).waitFor();

    const script = { name: 'local', password: PASSWORD, client: 'a script' };
    await world.service.call('admin', 'Session.sign_in', [script]);
    await page.getByRole('link', { name: 'Your account' }).click();
    await page.getByRole('button', { name: 'Sign out: a script' }).click();
    await page.getByText('a script').waitFor({ state: 'detached' });
    expect(await open()).toEqual(['Steward console']);
    expect(await violations(page)).toEqual([]);

    await world.service.call('admin', 'Session.sign_in', [script]);
    await goTo(admin, 'Person');
    await admin.getByRole('combobox', { name: 'User or role' }).fill('local');
    await admin.getByRole('button', { name: 'Look up' }).click();
    const sessions = admin.getByRole('region', { name: 'Sessions' });
    await sessions.getByText('a script').waitFor();
    await sessions.getByRole('button', { name: 'End', exact: true }).last().click();
    await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await admin.getByText('endSession was carried out').waitFor();
    await admin.getByRole('button', { name: 'Close' }).click();
    expect(await open()).toEqual(['Steward console']);

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel(/^Token/).waitFor();
    await expect.poll(open).toEqual([]);
  });

  it('asks for the code of an authenticator app where the account has one', async () => {
    await world.run('createStaff', { params: { username: 'coded', password: PASSWORD } });
    await world.run('addAdmin', { user: 'coded' });
    const { result } = await world.service.call('admin', 'Session.sign_in', [{ name: 'coded', password: PASSWORD }]);
    const client = new StewardClient({
      url: world.service.url,
      token: (result as unknown as [{ token: string }])[0].token,
    });
    const { secret } = (await client.administer.enrolTotp({ proof: { password: PASSWORD } })).result;
    await client.administer.confirmTotp({ proof: { totp: codeOf(secret) } });
    const page = await browser.open();
    await page.getByText('With a password').click();
    await page.getByLabel(/^Name/).fill('coded');
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    // The present code was used to confirm the app.
    await page.getByLabel(/^Code/).fill(codeOf(secret, new Date(Date.now() + 30_000)));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
  });

  it('shows writes in the audit, and reads when they are switched on', async () => {
    await world.run('getConfig');
    await goTo(admin, 'Jobs');
    await goTo(admin, 'Audit');
    await admin
      .getByRole('button', { name: /^Open the record of createRole/ })
      .first()
      .waitFor();
    const reads = admin.getByRole('button', { name: /^Open the record of get/ });
    expect(await reads.count()).toBe(0);
    await admin.getByLabel('Reads too').check({ force: true });
    await reads.first().waitFor();
    const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString();
    await admin.getByLabel('From').fill(tomorrow.slice(0, 16));
    await admin.getByRole('button', { name: 'Search' }).click();
    await admin.getByText('Nothing in the audit matches.').waitFor();
  });

  it('adds a passkey, opens a ticket with it, and removes it', async () => {
    const page = await browser.open();
    await page.goto(`${underName(world.service.url)}/console`);
    const devices = await page.context().newCDPSession(page);
    await devices.send('WebAuthn.enable');
    await devices.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, automaticPresenceSimulation: true },
        ...{ hasUserVerification: true, isUserVerified: true },
      },
    });
    await signInOn(page, world.service.tokenOf('colleague'));
    await page.getByRole('link', { name: 'Your account' }).click();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Laptop');
    await dialog.getByLabel('New token').and(page.locator('[type=password]')).fill(world.freshToken('colleague'));
    await dialog.getByRole('button', { name: 'Make the passkey' }).click();
    await page.getByText(/^Laptop, added/).waitFor();

    await choose(page, 'lockWorkspace');
    await page.getByLabel(/^workspace/).fill('leaver:field');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText('The browser asks for your passkey.').waitFor();
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await page.getByRole('button', { name: 'Apply exactly this plan' }).waitFor();
    const { result } = await world.service.administer('colleague', { command: 'listMyTickets' });
    expect(result).toMatchObject([{ tickets: [{ provedBy: 'passkey', commands: ['lockWorkspace'] }] }]);

    await page.getByRole('link', { name: 'Your account' }).click();
    await page.getByRole('button', { name: 'Remove the passkey Laptop' }).click();
    await dialog.getByRole('button', { name: 'Remove it' }).click();
    await page.getByText(/^Laptop, added/).waitFor({ state: 'detached' });
  });

  it('shows what a command would change, carries out exactly that, and refuses a plan that is stale', async () => {
    const page = admin;
    await choose(page, 'addUser');
    await page.getByLabel(/^User \*$/).fill('omar');
    expect(await page.getByTestId('script-steward').textContent()).toContain('npx steward sudo addUser omar');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText('principals/').waitFor();
    expect(await world.run('listUsers', { params: { prefix: 'omar' } })).toMatchObject({ users: [] });
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    const record = await page.getByTestId('receipt').textContent();
    expect(await world.run('getAudit', { params: { record } })).toMatchObject({
      records: [{ command: 'addUser', outcome: 'success' }],
    });

    await choose(page, 'disableUser');
    await page.getByLabel(/^User \*$/).fill('omar');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('button', { name: 'Apply exactly this plan' }).waitFor();
    await world.run('disableUser', { user: 'omar' });
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await page.getByText('plan_stale').waitFor();
    expect(await page.getByRole('button', { name: 'Apply exactly this plan' }).isDisabled()).toBe(true);
  });

  it('asks for a second proof of identity where the policy does, a token or a code of an app', async () => {
    const page = admin;
    const isLocked = async () =>
      ((await world.run('getWorkspaceInfo', { params: { workspace: 'leaver:field' } })) as string[])[7] === 'locked';
    const plan = async (command: string) => {
      await choose(page, command);
      await page.getByLabel(/^workspace/).fill('leaver:field');
      await page.getByRole('button', { name: 'Show what would change' }).click();
      await page.getByText('Prove that it is you').waitFor();
    };
    await plan('lockWorkspace');
    await page.getByLabel('New token').and(page.locator('[type=password]')).fill('not a proof');
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await page.getByText('proof_refused').waitFor();
    expect(await isLocked()).toBe(false);
    await page.getByLabel('New token').and(page.locator('[type=password]')).fill(world.freshToken('admin'));
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await page.getByText('lockWorkspace was carried out').waitFor();
    expect(await isLocked()).toBe(true);

    const proof = { token: world.freshToken('admin') };
    const { secret } = (await world.run('enrolTotp', { params: { proof } })) as { secret: string };
    await world.run('confirmTotp', { params: { proof: { totp: codeOf(secret) } } });
    await plan('unlockWorkspace');
    await page.getByText('Code of the app').first().click();
    // The present code was used to confirm the app.
    await page
      .getByLabel('Code of the app')
      .last()
      .fill(codeOf(secret, new Date(Date.now() + 30_000)));
    await page.getByRole('button', { name: 'Open a ticket' }).click();
    await page.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await page.getByText('unlockWorkspace was carried out').waitFor();
    expect(await isLocked()).toBe(false);
  });

  it.each([
    ['Deny', 'denyApproval', { state: 'denied' }],
    ['Approve', 'approve', { state: 'open', approvals: [{ by: 'admin', reason: 'as agreed', counts: true }] }],
  ])('%s: decides on a request after showing what it would change, with a reason', async (label, decision, outcome) => {
    const role = `for-${decision}`;
    await world.run('createRole', { params: { name: role } });
    await world.service.administer('colleague', { command: 'deleteRole', params: { name: role } });
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
    const list = (await world.run('listApprovals')) as { requests: readonly { params: { name: string } }[] };
    expect(list.requests.find(({ params }) => params.name === role)).toMatchObject(outcome);
  });

  it('reviews a use of break-glass', async () => {
    const reason = 'nobody was reachable';
    await world.service.administer('colleague', { command: 'breakGlass', params: { reason } });
    await goTo(admin, 'Jobs');
    await goTo(admin, 'Today');
    await admin.getByText(reason).waitFor();
    await admin.getByRole('button', { name: 'Review break-glass of colleague' }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByText('Not justified').click();
    await dialog.getByLabel(/^What the review found/).fill('everybody was there');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await dialog.getByText('reviewBreakGlass was carried out').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await admin.getByText('Nobody has used break-glass.').waitFor();
    expect(await world.run('getAudit', { params: { command: 'reviewBreakGlass', outcome: 'success' } })).toMatchObject({
      records: [{ params: { verdict: 'unjustified', comment: 'everybody was there' } }],
    });
  });

  it('extends a right that ends within a week', async () => {
    const soon = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString();
    await world.run('createRole', { params: { name: 'guests', members: ['successor'], expires: soon } });
    // Whether somebody keeps a right of their own is for others to decide.
    await world.run('createRole', { params: { name: 'hosts', members: ['admin'], expires: soon } });
    await goTo(admin, 'Jobs');
    await goTo(admin, 'Today');
    await admin.getByRole('button', { name: 'Extend by 30 days' }).click();
    await admin.getByRole('button', { name: 'Apply exactly this plan' }).click();
    await admin.getByText('addRoleMembers was carried out').waitFor();
    await admin.getByRole('button', { name: 'Close' }).click();
    const own = { account: 'admin', role: 'hosts' };
    expect(await world.run('listExpiring', { params: { within: 7 } })).toMatchObject({ expiring: [own] });
    expect(await world.run('listExpiring', { params: { within: 34 } })).toMatchObject({
      expiring: [own, { account: 'successor', role: 'guests' }],
    });
  });

  it('shows hostile text as text', async () => {
    const page = admin;
    // The filters that another test has set are gone when the view is opened again.
    await goTo(page, 'Jobs');
    await goTo(page, 'Audit');
    await page.getByLabel('Command').fill('renameUser');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText(HOSTILE).first().waitFor();
    await goTo(page, 'Person');
    await page.getByRole('combobox', { name: 'User or role' }).fill('leaver');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByRole('link', { name: `role ${HOSTILE}` }).click();
    await page.getByRole('heading', { name: HOSTILE }).waitFor();
    await page.getByRole('link', { name: 'leaver', exact: true }).waitFor();
    expect(await page.title()).toBe('Steward console');
  });

  it('asked nobody but the service, and broke no rule of its own policy', () => {
    expect(browser.strangers).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });
});
