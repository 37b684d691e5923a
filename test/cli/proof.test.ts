import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { proofOf } from '../../src/cli/proof.ts';
import { LONG, spread } from '../support/long.ts';
import { startLoopback } from '../support/loopback.ts';
import { runWarm, temporaryFolder } from '../support/running.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CODE = '492039';

interface Sent {
  readonly command: string;
  readonly params?: { readonly proof?: object };
  readonly idempotencyKey?: string;
}

/** A service that asks for a ticket until one is opened with the right code. */
async function serviceOf(proofs: readonly string[] = ['totp', 'recoveryCode']) {
  const sent: Sent[] = [];
  let isOpen = false;
  const server = await startLoopback(async (request, response) => {
    const { id, params } = JSON.parse(await text(request));
    const object = params[0] as Sent;
    sent.push(object);
    const answer = (result: unknown) => response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    const refuse = (reason: string) =>
      response.end(
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          error: { code: -32500, message: `no: ${reason}`, data: { reason, kind: 'forbidden' } },
        }),
      );
    if (object.command === 'listMyTickets') return answer({ proofs, tickets: [] });
    if (object.command === 'openTicket') {
      isOpen = JSON.stringify(object.params?.proof) === JSON.stringify({ totp: CODE });
      return isOpen ? answer({ id: 'ticket-1' }) : refuse('proof_refused');
    }
    return isOpen ? answer(null) : refuse('ticket_required');
  });
  const env = { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' };
  return { sent, env, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const WORDS = ['sudo', 'disableUser', 'ann', '--idempotency-key', 'one'];

/** Runs the command on a terminal of its own, and types these answers, one each time it is asked. */
async function typed(answers: readonly string[], env: Record<string, string>) {
  const script = `
import json, os, pty, sys
answers = json.loads(sys.argv[1])
def read(fd):
    data = os.read(fd, 1024)
    if b' needs ' in data and answers: os.write(fd, answers.pop(0).encode())
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))`;
  const child = spawn('python3', ['-c', script, JSON.stringify(answers), process.execPath, MAIN, ...WORDS], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const shown = text(child.stdout);
  const [code] = await once(child, 'exit');
  return { code, shown: await shown };
}

describe('at a terminal, a command for which the policy asks for a ticket', () => {
  it('asks once for the proof, shows nothing of it, and is sent again with the same key', async () => {
    await using service = await serviceOf();
    const { code, shown } = await typed([`${CODE}\r`], service.env);
    expect(shown).toContain('disableUser needs the code of your authenticator app or a recovery code: ');
    expect(shown).not.toContain(CODE);
    expect(shown).toContain('Done.');
    expect(code).toBe(0);
    expect(service.sent.map(({ command }) => command)).toEqual([
      ...['disableUser', 'listMyTickets', 'openTicket', 'disableUser'],
    ]);
    expect(service.sent.flatMap((one) => one.idempotencyKey ?? [])).toEqual(['one', 'one']);
  });

  it.runIf(LONG)('asks again after a typing error', async () => {
    await using service = await serviceOf();
    expect((await typed(['111111\r', `${CODE}\r`], service.env)).code).toBe(0);
  });

  it('asks three times in all', async () => {
    await using other = await serviceOf();
    const { code, shown } = await typed(['1\r', '2\r', '3\r', `${CODE}\r`], other.env);
    expect(code).toBe(3);
    expect(shown.match(/ needs /g)).toHaveLength(3);
    expect(other.sent.filter(({ command }) => command === 'disableUser')).toHaveLength(1);
  });

  const refusals = [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['an empty line', '\r'],
  ] as const;
  it.each(spread(refusals, 1))('is not carried out after %s', async (_, key) => {
    await using service = await serviceOf();
    const { code, shown } = await typed([key], service.env);
    expect(code).toBe(2);
    expect(shown).toContain('no proof was given, and nothing was done');
    expect(service.sent.map(({ command }) => command)).toEqual(['disableUser', 'listMyTickets']);
  });
});

describe('without a terminal, a command for which the policy asks for a ticket', () => {
  it('is refused, with what to do', async () => {
    await using service = await serviceOf();
    const { code, stderr } = await runWarm(WORDS, '/', service.env);
    expect([code, service.sent.length]).toEqual([3, 1]);
    expect(stderr).toContain('(ticket_required)');
  });

  it('takes the proof from a file, once', async () => {
    await using service = await serviceOf();
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'proof');
    await writeFile(file, `${CODE}\n`);
    const words = [...WORDS, '--proof-file', file];
    await chmod(file, 0o644);
    expect(await runWarm(words, '/', service.env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('chmod 600'),
    });
    await chmod(file, 0o600);
    expect(await runWarm(words, '/', service.env)).toMatchObject({ code: 0, stdout: 'Done.\n' });
    await using stubborn = await serviceOf();
    await writeFile(file, '111111');
    expect(await runWarm(words, '/', stubborn.env)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('(proof_refused)'),
    });
    expect(stubborn.sent.map(({ command }) => command)).toEqual(['disableUser', 'listMyTickets', 'openTicket']);
  });

  it.each([
    ['that is empty', '', 'the proof is empty'],
    ['that is missing', undefined, '(ENOENT)'],
  ])('says what is wrong with a file %s', async (_, content, said) => {
    await using service = await serviceOf();
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'proof');
    if (content !== undefined) await writeFile(file, content, { mode: 0o600 });
    const { code, stderr } = await runWarm([...WORDS, '--proof-file', file], '/', service.env);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  });

  it.runIf(LONG)('takes the proof from standard input', async () => {
    await using service = await serviceOf();
    const env = { ...process.env, ...service.env };
    const child = spawn(process.execPath, [MAIN, ...WORDS, '--proof-file', '-'], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(`${CODE}\n`);
    const shown = text(child.stdout);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await shown).toBe('Done.\n');
  });
});

it('a proof is not a parameter on the command line', async () => {
  await using service = await serviceOf();
  for (const words of [
    ['--proof', '{}'],
    ['--params', '{"proof":{"totp":"492039"}}'],
  ]) {
    expect(await runWarm(['sudo', 'openTicket', ...words], '/', service.env)).toMatchObject({ code: 2 });
  }
  const { stderr } = await runWarm(['sudo', 'openTicket'], '/', service.env);
  expect(stderr).toContain('give it in a file with --proof-file, or - for standard input');
  expect(service.sent.map(({ command }) => command)).toEqual(['listMyTickets']);
});

const RECOVERY = '0b4c1-9f27e-55d10-a3c8e';
it.each([
  [CODE, ['totp', 'recoveryCode'], { totp: CODE }],
  [CODE, ['password'], { password: CODE }],
  [CODE, ['token'], { totp: CODE }],
  [RECOVERY, ['totp', 'recoveryCode'], { recoveryCode: RECOVERY }],
  ['0B4C1 9F27E 55D10 A3C8E', ['recoveryCode'], { recoveryCode: '0B4C1 9F27E 55D10 A3C8E' }],
  [RECOVERY, ['password'], { password: RECOVERY }],
  ['a.b.c', ['totp', 'token'], { token: 'a.b.c' }],
  ['correct horse', ['password'], { password: 'correct horse' }],
  ['mistyped', ['totp', 'recoveryCode'], { recoveryCode: 'mistyped' }],
] as const)('%s with %s is sent as %s', (sent, kinds, proof) => {
  expect(proofOf(sent, [...kinds])).toEqual(proof);
});
