import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const SPEC = `module Bench {
  /* @metadata ws name */
  typedef structure { string name; int num; list<int> nums; } Small;
  /* @optional features */
  typedef structure { list<UnspecifiedObject> features; } Large;
};`;

/** Makes the types and the one workspace that all saves go into: its number. */
export async function prepareObjects({ ask, call, administer, owner }) {
  await ask(call('request_module_ownership', ['Bench']));
  await ask(administer({ command: 'approveModRequest', module: 'Bench' }));
  await ask(call('register_typespec', [{ spec: SPEC, new_types: ['Small', 'Large'], dryrun: 0 }]));
  await ask(call('release_module', ['Bench']));
  const { result } = await ask(
    administer({ command: 'createWorkspace', user: owner, params: { workspace: `saved${process.pid}` } }),
  );
  return result[0][0];
}

/** Each save makes an object of its own, with data that no other has. */
export function saveRow({ url, pid, insert, administer, owner, id }) {
  let saved = 0;
  return {
    name: 'saveObjects',
    floor: insert,
    url,
    pid,
    connections: 32,
    requests: () => [
      {
        setupRequest: (request) => {
          saved += 1;
          const data = { name: `n${saved}`, num: saved, nums: [1, 2, 3] };
          const objects = [{ type: 'Bench.Small-1.0', name: `o${saved}`, data }];
          return { ...request, body: administer({ command: 'saveObjects', user: owner, params: { id, objects } }) };
        },
      },
    ],
    right: (body) => body.includes('"Bench.Small-1.0"') && body.includes('"receipt":{'),
  };
}

/** Saves and reads one object of so many megabytes: seconds, and the most memory above what the service had at rest. */
export async function largeObject({ ask, administer, owner, id, pid, megabytes }) {
  const features = Array.from({ length: megabytes * 7_000 }, (_, i) => ({
    type: 'CDS',
    id: `feature_${i}`,
    location: [i * 3, i * 3 + 900, '+', 1.5],
    protein: 'ACDEFGHIKLMNPQRSTVWY'.repeat(3),
  }));
  const data = { features };
  const bytes = Buffer.byteLength(JSON.stringify(data));
  const objects = [{ type: 'Bench.Large-1.0', name: 'large', data }];
  const body = administer({ command: 'saveObjects', user: owner, params: { id, objects } });
  const save = await watched(pid, () => ask(body));
  const read = await watched(pid, () =>
    ask(administer({ command: 'getObjects', params: { objects: [{ ref: `${id}/large` }] } })),
  );
  return { megabytes: Math.round(bytes / 1e6), save: summary(save, bytes), read: summary(read, bytes) };
}

const summary = ({ seconds, peakBytes }, bytes) => ({
  seconds,
  peakTimesItsSize: Number((peakBytes / bytes).toFixed(2)),
});

/** Runs the work, and watches how much more memory the process takes meanwhile. */
async function watched(pid, work) {
  await sleep(3_000);
  const rest = await residentBytes(pid);
  let [most, done] = [rest, false];
  const watch = (async () => {
    while (!done) {
      most = Math.max(most, await residentBytes(pid));
      await sleep(5);
    }
  })();
  const startedAt = performance.now();
  await work().finally(() => {
    done = true;
  });
  await watch;
  return { seconds: Number(((performance.now() - startedAt) / 1000).toFixed(2)), peakBytes: most - rest };
}

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
