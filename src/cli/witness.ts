import { once } from 'node:events';
import { join } from 'node:path';
import { keysIn } from '../audit/log/offline/trusted.ts';
import { KEY_TYPES, verifierKeyText } from '../audit/log/signedNote.ts';
import { KeptCheckpoints } from '../audit/log/witness/keptCheckpoints.ts';
import { Witness } from '../audit/log/witness/witness.ts';
import { ownWitnessKey } from '../audit/log/witness/witnessKey.ts';
import { startWitness } from '../audit/log/witness/witnessServer.ts';
import { UsageError } from './failure.ts';
import { stopSignal } from './stopSignal.ts';

export interface WitnessOptions {
  readonly name: string;
  readonly dir: string;
  readonly logs: string;
  readonly host: string;
  readonly port: string;
}

/** Runs a witness until SIGTERM or SIGINT. @throws UsageError, OperatorError */
export async function witness({ name, dir, logs: file, host, port: given }: WitnessOptions): Promise<void> {
  const port = Number(given);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port must be a port (was: ${given})`);
  const logs = (await keysIn(file)).filter(({ type }) => type === KEY_TYPES.ed25519);
  if (logs.length === 0) throw new UsageError(`${file} has no key of a log`);
  const signer = await ownWitnessKey(dir, name);
  const stopping = stopSignal();
  const kept = new KeptCheckpoints(join(dir, 'logs'));
  const seconds = () => Math.floor(Date.now() / 1000);
  const { server, url } = await startWitness(new Witness({ signer, logs, kept, seconds }), {
    host,
    port,
    failed: (error) => console.error(error),
  });
  console.log(`The witness answers at ${url} with the key`);
  console.log(verifierKeyText(signer.key));
  console.log(`and cosigns ${[...new Set(logs.map((log) => log.name))].join(', ')}.`);
  if (!stopping.aborted) await once(stopping, 'abort');
  server.close();
  server.closeAllConnections();
  process.exit(0);
}
