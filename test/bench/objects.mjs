import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { Readable } from 'node:stream';
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

/**
 * Saves and reads one object of so many megabytes, sent and taken in pieces: seconds, and the most memory above what the
 * service had at rest. The floor takes the same bytes, stores them in the same mongod and gives them back.
 */
export async function largeObject({ url, headers, floor, floorPid, id, pid, megabytes }) {
  const bytes = megabytes * 1e6;
  const before = `{"params":[{"id":${id},"objects":[{"type":"Bench.Large-1.0","name":"large","data":`;
  const saved = () => exchange(url, headers, sent(before, bytes, '}]}],"method":"Workspace.save_objects","id":"1"}'));
  const asked = `{"params":[{"objects":[{"ref":"${id}/large"}]}],"method":"Workspace.get_objects2","id":"1"}`;
  const rows = [
    ['saved', pid, saved],
    ['read', pid, () => exchange(url, headers, [asked])],
    ['saved by the floor', floorPid, () => exchange(`${floor}/large`, {}, sent('', bytes, ''))],
    ['read by the floor', floorPid, () => exchange(`${floor}/large`, {}, [])],
  ];
  const measured = [];
  for (const [what, process, work] of rows) measured.push({ what, ...(await watched(process, work)) });
  return { megabytes, rows: measured };
}

/** The JSON text of an object of about so many bytes, its keys out of order, in pieces of about a megabyte. */
function* sent(before, bytes, after) {
  yield `${before}{"features":[`;
  let number = 0;
  for (let made = 0; made < bytes; ) {
    let piece = '';
    while (piece.length < 1e6 && made + piece.length < bytes) {
      const location = `[${number * 3},${number * 3 + 900},"+",1.5]`;
      const feature = `{"type":"CDS","id":"feature_${number}","location":${location},"protein":"${PROTEIN}"}`;
      piece += number === 0 ? feature : `,${feature}`;
      number += 1;
    }
    made += piece.length;
    yield piece;
  }
  yield `]}${after}`;
}

const PROTEIN = 'ACDEFGHIKLMNPQRSTVWY'.repeat(3);

/** Sends the pieces, and takes the answer and drops it. */
function exchange(url, headers, pieces) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the large object was answered with ${response.statusCode}`));
      response.resume().once('end', resolve).once('error', reject);
    });
    request.once('error', reject);
    Readable.from(pieces).pipe(request);
  });
}

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
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(2));
  return { seconds, megabytesMore: Math.round((most - rest) / 1e6) };
}

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
