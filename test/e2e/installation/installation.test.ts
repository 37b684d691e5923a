import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, replay, SECOND } from '../../conformance/replaying.ts';
import { LONG } from '../../support/long.ts';
import { commandsOf, type Host, openHost } from './host.ts';

/** An installation that is made line by line as docs/operating/complete.md says: a replica set, two instances, and nginx. */

const COMMANDS = ['docs/operating/install.md', 'docs/operating/complete.md']
  .map(commandsOf)
  .join('\n')
  // The administrator of the conversations.
  .replaceAll('grace', 'wsadmin');
const INSTANCES = ['7058', '7059'] as const;
const UNITS = INSTANCES.map((port) => `steward@${port}`).join(' ');
const MEMBERS = "'mongodb://127.0.0.1:27017,127.0.0.1:27018,127.0.0.1:27019/?replicaSet=rs0'";

const hasNginx = (() => {
  try {
    return execFileSync('which', ['nginx']).length > 0;
  } catch {
    return false;
  }
})();
if (LONG && !hasNginx)
  process.stderr.write(
    'SKIPPED: no installation is made as docs/operating/complete.md says, since there is no nginx\n',
  );

describe.runIf(LONG && hasNginx)('an installation that is made by the commands of the documentation', () => {
  let host: Host;
  let printed: string;
  beforeAll(async () => {
    host = await openHost();
    printed = await host.run(COMMANDS);
  });
  afterAll(() => host[Symbol.asyncDispose]());

  const replayed = (from: string, ...args: string[]) => {
    const trusted = { NODE_EXTRA_CA_CERTS: host.path('etc/ssl/steward.pem') };
    return replay(host.url, host.path('etc/steward/token-secret'), ['--from', from, ...args], trusted);
  };
  /** How many calls an instance has answered. */
  const answered = async (port: (typeof INSTANCES)[number]) => {
    const metrics = await (await fetch(`http://127.0.0.1:${host.ports[port]}/metrics`)).text();
    return [...metrics.matchAll(/^steward_requests_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
  };
  /** An address whose calls nginx sends to this instance. */
  const addressFor = async (port: (typeof INSTANCES)[number]) => {
    const before = await answered(port);
    const call = `-d '{"method":"Workspace.ver","params":[]}' https://steward.example.org`;
    for (let i = 1; ; i += 1) {
      await host.run(`curl -sf --cacert /etc/ssl/steward.pem --interface 127.0.0.${i} ${call}`);
      if ((await answered(port)) > before) return `127.0.0.${i}`;
    }
  };
  const restart = (meanwhile: string) =>
    host.run(`
      for unit in ${UNITS}; do systemctl stop $unit; done
      ${meanwhile}
      systemctl enable --now ${UNITS}
      for port in ${INSTANCES.join(' ')}; do until curl -sf http://127.0.0.1:$port/readyz; do sleep 0.2; done; done`);

  it('answers the administrator of the configuration', () => {
    expect(printed).toMatch(/^wsadmin/m);
  });

  it('answers a recorded conversation with the KBase Workspace Service as that did', async () => {
    const address = await addressFor('7058');
    const first = await replayed(address);
    expect(first, first).toMatch(/^399 passed, 0 failed, \d+ skipped$/m);
    const roles = Object.entries(ROLES).map(([key, role]) => `echo ${key}=${role} >> /etc/steward/environment`);
    await restart(roles.join('\n'));
    const second = await replayed(address, '--phase', 'B');
    expect(second, second).toMatch(/^24 passed, 0 failed, \d+ skipped$/m);
  }, 600_000);

  it('answers another conversation as well, by the other instance, on an empty database', async () => {
    await restart(`
      sed -i '/^STEWARD_AUTH2/d' /etc/steward/environment
      mongosh --quiet --username owner --password "$(cat /var/lib/mongodb/owner-password)" ${MEMBERS} \
        --eval 'db.getSiblingDB("steward").dropDatabase()'
      set -a && . /etc/steward/environment && set +a
      steward setup-database --config /etc/steward/deploy.cfg --mongodb-user owner --mongodb-pwd-file /var/lib/mongodb/owner-password`);
    const answers = await replayed(await addressFor('7059'), '--file', SECOND, '--phase', 'A');
    expect(answers, answers).toMatch(/^470 passed, 0 failed, \d+ skipped$/m);
    expect(await answered('7059')).toBeGreaterThan(470);
  }, 600_000);
});
