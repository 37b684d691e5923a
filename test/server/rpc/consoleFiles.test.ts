import { expect, it } from 'vitest';
import { ConsoleFiles } from '../../../src/server/rpc/consoleFiles.ts';
import { temporaryFolder } from '../../support/running.ts';

it('a service whose build has no console says so, and how it gets one', async () => {
  await using folder = await temporaryFolder();
  const files = new ConsoleFiles(`${folder.path}/console/`);
  for (const path of ['/console/', '/console/index.html', '/console/assets/main.js']) {
    const { status, headers, body } = files.answer(path, 'br') ?? {};
    expect(status).toBe(404);
    expect(headers).toMatchObject({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
    expect(Buffer.from(body ?? []).toString()).toContain('Run `npm run build`');
  }
  expect(files.answer('/consoles', 'br')).toBeUndefined();
});
