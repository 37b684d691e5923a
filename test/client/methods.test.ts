import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InvalidError, NotFoundError, StewardClient, UnauthenticatedError } from '../../src/client/client.ts';
import { type HostedService, startHosted } from '../support/hostedService.ts';

let service: HostedService;
beforeAll(async () => {
  service = await startHosted({ STEWARD_MAX_BODY_BYTES: '5000' });
});
afterAll(async () => {
  await service?.stop();
});

it('methods are called as the user of the token, typed by their schemas, in both languages', async () => {
  const token = service.tokenOf('ann');
  const nobody = new StewardClient({ url: service.url });
  const ann = new StewardClient({ url: service.url, token });

  expect(await nobody.methods.ver()).toEqual({ result: expect.stringMatching(/^\d+\.\d+/), receipt: undefined });
  const { result, receipt } = await ann.methods.create_workspace({ workspace: 'genomes', globalread: 'r' });
  const [id, name, owner, , , permission] = result;
  expect([name, owner, permission]).toEqual(['genomes', 'ann', 'a']);
  expect(receipt?.record).toMatch(/^[0-9a-f]{24}-\d+$/);
  expect((await nobody.methods.get_workspace_info({ id })).result[1]).toBe('genomes');
  expect((await ann.methods.set_workspace_description({ id, description: 'All of them' })).result).toBeNull();
  await expect(nobody.methods.lock_workspace({ id })).rejects.toThrow(UnauthenticatedError);
  await expect(ann.methods.get_workspace_info({ id: 99 })).rejects.toThrow(NotFoundError);
  // @ts-expect-error the name of a workspace is not a number, and unknown fields do not exist
  await expect(ann.methods.create_workspace({ workspaces: 1 })).rejects.toThrow(InvalidError);
  await expect(ann.methods.get_workspace_info()).rejects.toMatchObject({ reason: 'workspace_not_named' });
  // Answered in JSON-RPC 1.1, since the service did not read far enough to know the envelope.
  const long = ann.methods.set_workspace_description({ id, description: 'x'.repeat(9_000) });
  await expect(long).rejects.toThrow(InvalidError);

  const script = `
import os
from steward import Steward, StewardError
nobody = Steward(os.environ['STEWARD_URL'])
ann = Steward(os.environ['STEWARD_URL'], token=os.environ['TOKEN'])
print(nobody.methods.ver().receipt)
print(ann.methods.get_workspace_description(id=${id}).result)
print(ann.methods.set_workspace_description(id=${id}).result)
print([info[1] for info in ann.methods.list_workspace_info({}).result])
print(len(nobody.methods.discover().result['methods']) > 10)
for call in (nobody.methods.lock_workspace, ann.methods.get_workspace_info):
    try:
        call(id=99)
    except StewardError as error:
        print(type(error).__name__, str(error).split(',')[0])
`;
  const { stdout } = await promisify(execFile)('python3', ['-c', script], {
    env: {
      ...process.env,
      STEWARD_URL: service.url,
      TOKEN: token,
      PYTHONPATH: fileURLToPath(new URL('../../src/client/python', import.meta.url)),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  expect(stdout.trim().split('\n')).toEqual([
    'None',
    'All of them',
    'None',
    "['genomes']",
    'True',
    expect.stringMatching(/^UnauthenticatedError Token validation failed/),
    expect.stringMatching(/^NotFoundError No workspace with id 99 exists \(workspace_missing/),
  ]);
});

it('rpc.discover is served over HTTP in both envelopes, without a token', async () => {
  const { result } = await new StewardClient({ url: service.url }).methods.discover();
  expect(result.methods.map(({ name }) => name)).toContain('rpc.discover');
  expect(result['x-commands']).toEqual([]);
  const response = await fetch(service.url, {
    method: 'POST',
    body: JSON.stringify({ version: '1.1', method: 'rpc.discover', params: [], id: '1' }),
  });
  expect(await response.json()).toEqual({ version: '1.1', result: [result] });
});
