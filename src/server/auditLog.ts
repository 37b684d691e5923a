import type { AuditLog, Lag } from '../audit/log/log.ts';
import type { Sealer } from '../audit/log/sealer.ts';
import { kept, latest } from './kept.ts';
import type { Metrics } from './rpc/metrics.ts';

/** What everybody may read of the log, by path. */
export function auditTexts(log: AuditLog): ReadonlyMap<string, () => Promise<string | undefined>> {
  return new Map([
    ['/audit/checkpoint', kept(() => log.checkpoint())],
    ['/audit/key', kept(() => log.keyFile())],
  ]);
}

/** Shows in the metrics how far the log is behind. If the database does not answer, they keep their last values. */
export function measureLog(log: AuditLog, sealer: Sealer, metrics: Metrics): void {
  const lag = latest<Lag>(() => log.lag(), { size: 0, unsealed: 0, oldestSeconds: 0 });
  metrics.measure('sealedRecords', async () => (await lag()).size);
  metrics.measure('unsealedRecords', async () => (await lag()).unsealed);
  metrics.measure('unsealedSeconds', async () => (await lag()).oldestSeconds);
  metrics.measure('sealingErrors', () => sealer.failures);
}

/** The same for how far each of these witnesses has cosigned. */
export function measureWitnesses(log: AuditLog, urls: readonly string[], metrics: Metrics): void {
  const read = latest<ReadonlyMap<string, number>>(() => log.cosignedSizes(), new Map());
  metrics.cosigned(async () => {
    const known = await read();
    return urls.map((witness) => ({ witness, size: known.get(witness) ?? 0 }));
  });
}
