import { loadConfig } from '../config/load.ts';
import { mintToken } from '../identity/mint.ts';
import { createLogger, errorFields } from '../log.ts';
import { type Service, startService } from '../service.ts';
import { MigrationInterrupted } from '../store/migrations/migration.ts';
import { stopSignal } from './stopSignal.ts';

/** The token in the printed example holds for a day. */
const EXAMPLE_LIFETIME_SECONDS = 24 * 3600;

/** Runs the service until SIGTERM or SIGINT, or until it cannot go on; a second signal ends it at once. */
export async function serve({ config: file }: { config?: string }): Promise<void> {
  const loaded = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
  const { config } = loaded;
  const log = createLogger({ level: config['log-level'] });
  for (const warning of loaded.warnings) log.warn(warning);
  process.on('unhandledRejection', (error) => log.error('unhandled rejection', errorFields(error)));

  const stopping = stopSignal();
  const service = await startService(loaded, log, { signal: stopping }).catch((error) => {
    if (!(error instanceof MigrationInterrupted && stopping.aborted)) throw error;
    log.info(error.message);
    process.exit(0);
  });
  announce(service, loaded);
  const failure = await Promise.race([service.failed, whenAborted(stopping)]);
  log.info('stopping');
  await service.stop();
  log.info('stopped');
  if (failure !== undefined) throw failure;
  process.exit(0);
}

const whenAborted = (signal: AbortSignal) =>
  new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

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
