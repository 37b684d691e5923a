import { join } from 'node:path';
import type { Signer, VerifierKey } from '../../../src/audit/log/signedNote.ts';
import { KeptCheckpoints, originHash } from '../../../src/audit/log/witness/keptCheckpoints.ts';
import { Witness } from '../../../src/audit/log/witness/witness.ts';
import { ownWitnessKey } from '../../../src/audit/log/witness/witnessKey.ts';
import { startWitness } from '../../../src/audit/log/witness/witnessServer.ts';

/** A witness on the folder, over HTTP, which cosigns logs with these keys. */
export async function witnessOn(path: string, logs: readonly VerifierKey[], own?: Signer) {
  const signer = own ?? (await ownWitnessKey(path, 'witness.example'));
  const kept = new KeptCheckpoints(join(path, 'logs'));
  const failures: unknown[] = [];
  const witness = new Witness({ signer, logs, kept, seconds: () => 1_800_000_000 });
  const { server, url } = await startWitness(witness, { host: '127.0.0.1', port: 0, failed: (e) => failures.push(e) });
  const add = async (body: string) => {
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
  };
  const [log] = logs;
  return {
    url,
    key: signer.key,
    add,
    failures,
    newest: () => fetch(`${url}/${originHash(log?.name ?? '')}/checkpoint`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
