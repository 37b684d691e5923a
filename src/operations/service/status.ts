import { getHeapStatistics } from 'node:v8';
import { methods } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';
import { API_VERSION } from './apiVersion.ts';

/** As the KBase Workspace Service answers: memory in bytes. */
export const status = operation({
  summary: 'Show whether the service and what it depends on are well.',
  effect: 'read',
  needs: ['server', 'version'],
  method: {
    name: 'Workspace.status',
    auth: 'none',
    result: methods.status.result,
    run: async ({ server, version }) => {
      const reachable = await server.ping();
      const state = reachable ? 'OK' : 'Fail';
      const message = reachable ? 'OK' : 'The database cannot be reached';
      const heap = getHeapStatistics();
      return {
        state,
        message,
        dependencies: ['MongoDB', 'GridFS'].map((name) => ({ name, state, message, version: server.version })),
        version: API_VERSION,
        steward: version,
        git_url: 'unknown',
        git_commit: 'unknown',
        freemem: heap.total_available_size,
        totalmem: heap.total_heap_size,
        maxmem: heap.heap_size_limit,
      };
    },
  },
});
