import { execFile } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { StewardClient } from '../../src/client/client.ts';
import { startLoopback } from '../support/loopback.ts';

/** What callers get wrong, and what both clients tell them before anything is sent. */

const SOURCE = fileURLToPath(new URL('../../src/client/python', import.meta.url));
const TOKEN = 'secret-part\nof-a-token';

/** A service that answers every call with null, and the tokens and calls that it was sent. */
async function listening() {
  const sent: { token: string | undefined; method: string; params: unknown }[] = [];
  const server = await startLoopback(async (request, response) => {
    const { id, method, params } = JSON.parse(await text(request));
    sent.push({ token: request.headers.authorization, method, params });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: null }));
  });
  return { url: server.url, sent, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('the TypeScript client', () => {
  it('says what a URL must look like', () => {
    for (const url of ['nonsense', '', 'ftp://example.org', 'localhost:7058']) {
      expect(() => new StewardClient({ url })).toThrow('it must look like http://127.0.0.1:7058');
    }
  });

  it('sends a token without the line break of its file, and repeats none that cannot be one', async () => {
    await using service = await listening();
    await new StewardClient({ url: service.url, token: 'token\n' }).methods.ver();
    expect(service.sent.map(({ token }) => token)).toEqual(['token']);
    const refused = new StewardClient({ url: service.url, token: TOKEN }).methods.ver();
    await expect(refused).rejects.toThrow(/^the token has characters that no token has, such as a line break$/);
  });

  it('sends a method with an optional parameter an empty one', async () => {
    await using service = await listening();
    const { methods } = new StewardClient({ url: service.url });
    await methods.Session_who_am_i();
    await methods.ver();
    // @ts-expect-error a name and a password must be given
    await methods.Session_sign_in();
    expect(service.sent.map(({ params }) => params)).toEqual([[{}], [], []]);
  });

  it('takes nothing but an object for the parameters of a command', async () => {
    await using service = await listening();
    const { administer } = new StewardClient({ url: service.url });
    // @ts-expect-error a text is no object
    await expect(administer.addAdmin('ann')).rejects.toThrow('addAdmin takes an object with its parameters');
    expect(service.sent).toEqual([]);
  });

  it('calls nothing when it is printed, compared or waited for', async () => {
    await using service = await listening();
    const client = new StewardClient({ url: service.url });
    expect(JSON.parse(JSON.stringify(client))).toEqual({ administer: {}, dryRun: {}, methods: {}, pages: {} });
    expect(() => `${client.administer}`).toThrow(TypeError);
    await client.administer;
    expect(service.sent).toEqual([]);
  });
});

it('the Python client says the same', async () => {
  await using service = await listening();
  const script = `
import asyncio, sys
from steward import AsyncSteward, Steward

def said(call):
    try:
        call()
    except Exception as error:
        print(f'{type(error).__name__}: {error}')

url = sys.argv[1]
said(lambda: Steward('localhost:7058'))
steward = Steward(url, token='token\\n')
print(steward)
steward.methods.ver()
steward.methods.Session_who_am_i()
said(lambda: Steward(url, token=${JSON.stringify(TOKEN)}).methods.ver())
said(lambda: steward.administer.addAdmin('ann'))
for seconds in (0, -1, '5'):
    said(lambda: steward.administer.listUsers(_timeout=seconds))

async def main():
    client = AsyncSteward(url)
    print(client)
    await client.close()
    await client.administer.listUsers()

said(lambda: asyncio.run(main()))
`;
  const env = { ...process.env, PYTHONPATH: SOURCE, PYTHONDONTWRITEBYTECODE: '1', no_proxy: '*' };
  const { stdout } = await promisify(execFile)('python3', ['-c', script, service.url], { env });
  expect(stdout.trimEnd().split('\n')).toEqual([
    "ValueError: 'localhost:7058' is not the URL of a service: it must look like http://127.0.0.1:7058",
    `Steward('${service.url}')`,
    'ValueError: the token has characters that no token has, such as a line break',
    'TypeError: addAdmin takes its parameters as keywords, or as a mapping',
    'ValueError: a timeout is a number of seconds above 0 (was: 0)',
    'ValueError: a timeout is a number of seconds above 0 (was: -1)',
    "ValueError: a timeout is a number of seconds above 0 (was: '5')",
    `AsyncSteward('${service.url}')`,
    'RuntimeError: the client is closed',
  ]);
  expect(service.sent).toEqual([
    { token: 'token', method: 'Workspace.ver', params: [] },
    { token: 'token', method: 'Session.who_am_i', params: [{}] },
  ]);
});
