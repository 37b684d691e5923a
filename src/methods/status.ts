import { getHeapStatistics } from 'node:v8';
import { methods } from '../schemas/generated.ts';
import { API_VERSION } from './apiVersion.ts';
import { method } from './method.ts';

/** As the KBase Workspace Service answers: memory in bytes. */
export const status = method({
  effect: 'read',
  name: 'Workspace.status',
  summary: 'Whether the service and what it depends on are well.',
  auth: 'none',
  returnsValue: true,
  result: methods.status.result,
  run: async ({ database, service }) => {
    const reachable = await database.ping();
    const state = reachable ? 'OK' : 'Fail';
    const message = reachable ? 'OK' : 'The database cannot be reached';
    const heap = getHeapStatistics();
    return {
      state,
      message,
      dependencies: [{ name: 'MongoDB', state, message, version: database.version }],
      version: API_VERSION,
      steward: service.version,
      freemem: heap.total_available_size,
      totalmem: heap.total_heap_size,
      maxmem: heap.heap_size_limit,
    };
  },
});
