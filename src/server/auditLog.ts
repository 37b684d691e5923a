import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditLog, Lag } from '../audit/log/log.ts';
import type { Sealer } from '../audit/log/sealer.ts';
import { SingleFlight } from '../store/singleFlight.ts';
import type { Metrics } from './rpc/metrics.ts';

/** How long an answer to everybody is kept, so that many requests cost the database no more than one. */
const KEPT_MS = 1_000;
/** How long the metrics wait for the database. */
const PATIENCE_MS = 200;

/** A value that is read at most once in a while. */
function kept<T>(read: () => Promise<T>): () => Promise<T> {
  let value: T;
  let readAt = Number.NEGATIVE_INFINITY;
  const reading = new SingleFlight(async () => {
    value = await read();
    readAt = performance.now();
  });
  return async () => {
    if (performance.now() - readAt > KEPT_MS) await reading.run();
    return value;
  };
}

/** What everybody may read of the log, by path. */
export function auditTexts(log: AuditLog): ReadonlyMap<string, () => Promise<string | undefined>> {
  return new Map([
    ['/audit/checkpoint', kept(() => log.checkpoint())],
    ['/audit/key', kept(async () => `${(await log.keys()).join('\n')}\n`)],
  ]);
}

/** The last value that was read, for metrics: these are most needed while the database is away or stands still. */
function latest<T>(read: () => Promise<T>, first: T): () => Promise<T> {
  let value = first;
  const renew = kept(async () => {
    value = await read();
  });
  return async () => {
    const renewed = renew().catch(() => undefined);
    await Promise.race([renewed, sleep(PATIENCE_MS, undefined, { ref: false })]);
    return value;
  };
}

/** Shows in the metrics how far the log is behind. If the database does not answer, they keep their last values. */
export function measureLog(log: AuditLog, sealer: Sealer, metrics: Metrics): void {
  const lag = latest<Lag>(() => log.lag(), { size: 0, unsealed: 0, oldestSeconds: 0 });
  metrics.gauge('sealedRecords', async () => (await lag()).size);
  metrics.gauge('unsealedRecords', async () => (await lag()).unsealed);
  metrics.gauge('unsealedSeconds', async () => (await lag()).oldestSeconds);
  metrics.gauge('sealingErrors', () => sealer.failures);
}

/** The same for how far each of these witnesses has cosigned. */
export function measureWitnesses(log: AuditLog, urls: readonly string[], metrics: Metrics): void {
  const read = latest<ReadonlyMap<string, number>>(() => log.cosignedSizes(), new Map());
  metrics.cosigned(async () => {
    const known = await read();
    return urls.map((witness) => ({ witness, size: known.get(witness) ?? 0 }));
  });
}
