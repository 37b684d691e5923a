import { loadConfig } from '../config/load.ts';
import { mintToken } from '../identity/mint.ts';
import { createLogger, errorFields } from '../log.ts';
import { type Service, startService } from '../service.ts';

/** The token in the printed example holds for a day. */
const EXAMPLE_LIFETIME_SECONDS = 24 * 3600;

/** Runs the service until SIGTERM or SIGINT; a second signal ends it at once. */
export async function serve({ config: file }: { config?: string }): Promise<void> {
  const loaded = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
  const { config } = loaded;
  const log = createLogger({ level: config['log-level'] });
  for (const warning of loaded.warnings) log.warn(warning);
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', errorFields(error)));

  const stopping = stopSignal();
  const service = await startService(loaded, log);
  announce(service, loaded);
  await stopping;
  log.info('stopping');
  await service.stop();
  log.info('stopped');
  process.exit(0);
}

/** Resolves on the first signal to stop, also one that comes while the service is still starting. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let told = false;
    const onSignal = () => {
      if (told) process.exit(130);
      told = true;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

function announce(service: Service, { config }: ReturnType<typeof loadConfig>): void {
  const url = config['service-url'] ?? service.url;
  const lines = ['', `Steward answers at ${url}`];
  const admin = config['ws-admin'].find((entry) => !entry.startsWith('id:'));
  if (service.ownKey !== undefined && admin !== undefined) {
    const issuer = config['auth-jwt-issuer'];
    const audience = config['auth-jwt-audience'];
    const token = mintToken({
      secret: service.ownKey,
      username: admin,
      lifetimeSeconds: EXAMPLE_LIFETIME_SECONDS,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    });
    lines.push('', `Administer as ${admin}:`, '', exampleCall(url, token), '');
    lines.push(`More tokens: npx steward token <user>   (signed with ${service.keyFile})`);
  } else {
    lines.push('', 'Administer with a token of an administrator in TOKEN:', '', exampleCall(url, '$TOKEN'));
  }
  console.log(`${lines.join('\n')}\n`);
}

function exampleCall(url: string, token: string): string {
  const body = JSON.stringify({
    version: '1.1',
    method: 'Workspace.administer',
    params: [{ command: 'listAdmins' }],
    id: '1',
  });
  return `curl -s ${url} -H "Authorization: ${token}" -d '${body}'`;
}
