import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Mail } from '../../src/notices/deliver.ts';
import { smtpSender } from '../../src/notices/smtp.ts';
import { openHouse, type TestHouse, type TestHouseOptions } from '../support/house.ts';

let house: TestHouse | undefined;
afterEach(async () => {
  await house?.[Symbol.asyncDispose]();
  house = undefined;
});

const share = { command: 'setPermissions', params: { id: 1, new_permission: 'r', users: ['bea'] } };

/** A house in which bea has an e-mail address and cec has none, and ann a workspace. */
async function open(options: TestHouseOptions): Promise<TestHouse> {
  const opened = await openHouse(options);
  house = opened;
  await opened.meet('boss', 'ann');
  await opened.administer('boss', { command: 'addUser', user: 'bea', params: { email: 'bea@example.org' } });
  await opened.administer('boss', { command: 'addUser', user: 'cec' });
  await opened.administer('boss', { command: 'createWorkspace', user: 'ann', params: { workspace: 'cats' } });
  return opened;
}

describe('a notice is sent as an e-mail', () => {
  it('once, to who has an address, with the reason and the record', async () => {
    const sent: Mail[] = [];
    const { administer, worker, contents } = await open({ sendMail: async (mail) => void sent.push(mail) });
    const { receipt } = await administer('boss', {
      ...share,
      params: { ...share.params, users: ['bea', 'cec'] },
      reason: 'on call',
    });
    await worker.turn('mail');
    await worker.turn('mail');
    expect(sent).toEqual([
      {
        id: `${receipt?.record}/0`,
        to: 'bea@example.org',
        subject: 'You have the permission r (read) on workspace cats (id 1).',
        text: expect.stringMatching(
          /^You have the permission r \(read\) on workspace cats \(id 1\)\.\n\nBy boss, .*\nReason given: on call\nAudit record: /,
        ),
      },
    ]);
    expect(await contents('outbox')).toEqual([]);
  });

  it('and its address is in no error of the mail server', async () => {
    const errors: unknown[] = [];
    const refuse = async () => {
      throw Object.assign(new Error('550 <BEA@example.org>: bea@example.org is unknown'), { name: 'SmtpError' });
    };
    const { administer, worker } = await open({ sendMail: refuse, onError: (error) => errors.push(error) });
    await administer('boss', share);
    await worker.turn('mail');
    expect(errors).toMatchObject([{ name: 'SmtpError', message: '550 <[address]>: [address] is unknown' }]);
    expect(String((errors[0] as Error).stack)).not.toMatch(/bea@/i);
  });

  it('only when the act was: neither of a dry run nor of what failed', async () => {
    const { administer, refused, contents } = await open({ sendMail: async () => undefined });
    await administer('boss', { ...share, dryRun: true });
    await refused('boss', { ...share, plan: '0'.repeat(64) });
    expect(await contents('outbox')).toEqual([]);
  });

  it('again, after a pause that grows, while the mail server does not take it, and not for ever', async () => {
    let now = Date.now();
    const tries: number[] = [];
    const { administer, worker, contents } = await open({
      now: () => new Date(now),
      onError: () => undefined,
      sendMail: async () => {
        tries.push(now);
        throw new Error('450 try again later');
      },
    });
    await administer('boss', share);
    for (let minute = 0; minute < 5 * 24 * 60; minute += 1) {
      now += 60_000;
      if (minute < 60 || minute % 60 === 0) await worker.turn('mail');
    }
    const pauses = tries.slice(1).map((at, i) => at - (tries[i] ?? 0));
    expect(pauses.length).toBeGreaterThan(8);
    expect(pauses.every((pause, i) => i === 0 || pause >= (pauses[i - 1] ?? 0))).toBe(true);
    expect(await contents('outbox')).toEqual([]);
  });

  it('to the address of today, and not to a closed account', async () => {
    const sent: Mail[] = [];
    const { administer, worker, contents } = await open({ sendMail: async (mail) => void sent.push(mail) });
    await administer('boss', share);
    await administer('boss', { command: 'deleteUser', user: 'bea' });
    await worker.turn('mail');
    expect(sent).toEqual([]);
    expect(await contents('outbox')).toEqual([]);
  });

  it('by one instance, where many run', async () => {
    const sent: Mail[] = [];
    const sendMail = async (mail: Mail) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      sent.push(mail);
    };
    const first = await open({ sendMail });
    await using second = await openHouse({ sendMail, beside: first });
    await first.administer('boss', share);
    await Promise.all([first, second, first, second].map((h) => h.worker.turn('mail')));
    expect(sent).toHaveLength(1);
  });
});

it('without a mail server nothing waits to be sent', async () => {
  const { administer, contents } = await open({});
  await administer('boss', share);
  expect(await contents('outbox')).toEqual([]);
});

describe('over SMTP', () => {
  interface Received {
    readonly from: string;
    readonly to: readonly string[];
    readonly data: string;
  }

  /** A mail server on loopback that refuses the first `refusals` letters for the time being. */
  async function mailServer(refusals = 0) {
    const received: Received[] = [];
    const signedIn: string[] = [];
    let left = refusals;
    const server = new SMTPServer({
      allowInsecureAuth: true,
      hideSTARTTLS: true,
      authOptional: true,
      onAuth: ({ username = '', password }, _session, callback) => {
        signedIn.push(`${username}:${password}`);
        callback(null, { user: username });
      },
      onData: (stream, { envelope }, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (left > 0) {
            left -= 1;
            callback(Object.assign(new Error('not now'), { responseCode: 450 }));
            return;
          }
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          received.push({ from, to: envelope.rcptTo.map((r) => r.address), data: Buffer.concat(chunks).toString() });
          callback();
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    return { port, received, signedIn, [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(done)) };
  }

  const FROM = 'Steward <steward@example.org>';
  const mail: Mail = { id: 'abc/0', to: 'bea@example.org', subject: 'Ein Gruß', text: 'Line one\n.\nline three' };

  it('arrives whole, with an id that stays the same, signed in where the URL has an account', async () => {
    await using server = await mailServer();
    const { send, close } = smtpSender(`smtp://me:pass%20word@127.0.0.1:${server.port}`, FROM);
    await send(mail);
    await send(mail);
    close();
    const [first, second] = server.received;
    expect(first).toMatchObject({ from: 'steward@example.org', to: ['bea@example.org'] });
    expect(first?.data).toContain('Message-ID: <abc.0@steward>');
    expect(second?.data).toContain('Message-ID: <abc.0@steward>');
    expect(server.signedIn[0]).toBe('me:pass word');
  });

  it('reaches nobody but the one address, whatever stands in it', async () => {
    await using server = await mailServer();
    const { send, close } = smtpSender(`smtp://127.0.0.1:${server.port}`, FROM);
    for (const to of ['bea@example.org, eve@example.org', 'bea@example.org\r\nBcc: eve@example.org']) {
      await send({ ...mail, to }).catch(() => undefined);
    }
    close();
    expect(server.received.flatMap((r) => r.to)).not.toContain('eve@example.org');
  });

  it('waits for a mail server that refuses, is away, and comes back', async () => {
    await using server = await mailServer(1);
    const { send, close } = smtpSender(`smtp://127.0.0.1:${server.port}`, FROM);
    let now = Date.now();
    const onError = vi.fn();
    const { administer, worker } = await open({ sendMail: send, now: () => new Date(now), onError });
    await administer('boss', share);
    await worker.turn('mail');
    expect(onError).toHaveBeenCalledOnce();
    expect(server.received).toEqual([]);
    now += 60_000;
    await worker.turn('mail');
    expect(server.received.map((r) => r.to)).toEqual([['bea@example.org']]);
    close();
  });
});
