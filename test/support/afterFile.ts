import { afterAll } from 'vitest';
import { emptyServiceDatabases } from './serviceDatabases.ts';

// Before the hooks of the test file itself, so that it runs after them.
afterAll(emptyServiceDatabases);
