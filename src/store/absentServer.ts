import type { MongoClient, ServerHeartbeatFailedEvent, ServerHeartbeatSucceededEvent } from 'mongodb';

/** How long nothing may listen: a server that is started at the same time takes a moment. */
const PATIENCE_MS = 3_000;
/** The system's answers that say that nothing listens at an address or a path. */
const REFUSED: readonly unknown[] = ['ECONNREFUSED', 'ENOENT'];

/**
 * Connects, and gives up after {@link PATIENCE_MS} if nothing listens at any of the addresses. The driver itself goes on as long
 * as it waits for an election, since it does not tell servers that are not there from servers without a primary.
 *
 * @throws the system's error if nothing listens; what the driver throws
 */
export async function connectIfPresent(client: MongoClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const refused = new Set<string>();
  let giveUp: (error: Error) => void = () => undefined;
  const absent = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const onFailure = ({ connectionId, failure }: ServerHeartbeatFailedEvent) => {
    if (!isRefused(failure)) return onAnswer({ connectionId });
    refused.add(connectionId);
    // An address of type SRV names its hosts only once it was looked up.
    const isAbsent = refused.size >= Math.max(1, client.options.hosts.length);
    if (isAbsent) timer ??= setTimeout(() => giveUp(failure), PATIENCE_MS);
  };
  const onAnswer = ({ connectionId }: Pick<ServerHeartbeatSucceededEvent, 'connectionId'>) => {
    refused.delete(connectionId);
    clearTimeout(timer);
    timer = undefined;
  };
  client.on('serverHeartbeatFailed', onFailure).on('serverHeartbeatSucceeded', onAnswer);
  try {
    await Promise.race([client.connect(), absent]);
  } finally {
    clearTimeout(timer);
    client.off('serverHeartbeatFailed', onFailure).off('serverHeartbeatSucceeded', onAnswer);
  }
}

function isRefused({ cause }: Error): boolean {
  return cause instanceof Error && 'code' in cause && REFUSED.includes(cause.code);
}
