import { randomUUID } from 'node:crypto';

/** Databases that services of earlier test files have prepared, empty again. */
const free: string[] = [];
/** Those of the services of this test file. */
const lent: string[] = [];

/** The name of an empty database for a service, which this test file has for itself. */
export function serviceDatabase(): string {
  const name = free.pop() ?? `test_${randomUUID().replaceAll('-', '')}`;
  lent.push(name);
  return name;
}

/** Empties the databases of this test file, whose services have ended. */
export async function emptyServiceDatabases(): Promise<void> {
  if (lent.length === 0) return;
  // Loaded only here, since most test files start no service.
  const { prepareAgain } = await import('./preparedAgain.ts');
  for (const name of lent.splice(0)) {
    await prepareAgain(name);
    free.push(name);
  }
}
