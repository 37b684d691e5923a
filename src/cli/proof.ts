import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ListMyTickets, ProofOfIdentity } from '../base/schemas/generated.ts';
import { type ClientOptions, type CommandOptions, type CommandParts, StewardClient } from '../client/client.ts';
import { StewardCallError } from '../client/errors.ts';
import { UsageError } from './failure.ts';
import { readPrivateFile } from './privateFile.ts';
import { onOneLine } from './terminal.ts';

type Kinds = ListMyTickets['result']['proofs'];

/** How often somebody at a terminal may mistype. */
const ATTEMPTS = 3;

const NAMES = {
  totp: 'the code of your authenticator app',
  recoveryCode: 'a recovery code',
  password: 'your password',
  token: 'a token of a new sign-in',
} as const;

/**
 * A client that proves the identity of its user where a command or the policy asks for that. The proof comes from a file or
 * the terminal, and never from the command line, which others see.
 */
export class ProvingClient extends StewardClient {
  readonly #file: string | undefined;
  /** Whether the proof in the file was sent: it is used once. */
  #isUsed = false;

  /** @param file `-` for standard input; without it, the user is asked at the terminal */
  constructor(options: ClientOptions, file: string | undefined) {
    super(options);
    this.#file = file;
  }

  /** Runs a command. If the policy asks for a ticket, opens one, and runs the command again. */
  override async command(name: string, parts?: CommandParts, options?: CommandOptions & { readonly dryRun?: boolean }) {
    try {
      return await super.command(name, parts, options);
    } catch (error) {
      const asks = error instanceof StewardCallError && error.reason === 'ticket_required' && this.#canProve();
      if (!asks) throw error;
    }
    await this.withProof(name, (proof) => super.command('openTicket', { params: { proof } }));
    return super.command(name, parts, options);
  }

  /** Runs a command with a proof. Somebody at a terminal who mistypes is asked again. */
  async withProof<T>(command: string, run: (proof: ProofOfIdentity) => Promise<T>): Promise<T> {
    // A new app is confirmed with its code, whatever else its user has.
    const isConfirmed = command === 'confirmTotp';
    const { proofs } = isConfirmed ? { proofs: ['totp' as const] } : (await this.administer.listMyTickets()).result;
    for (let attempt = 1; ; attempt += 1) {
      const sent = this.#file === undefined ? await asked(command, proofs) : this.#fromFile(this.#file);
      try {
        return await run(proofOf(sent, proofs));
      } catch (error) {
        const mistyped = error instanceof StewardCallError && error.reason === 'proof_refused';
        if (!mistyped || this.#file !== undefined || attempt === ATTEMPTS) throw error;
        console.error(onOneLine(error.message));
      }
    }
  }

  /** Whether there is still a proof to send. */
  #canProve(): boolean {
    return this.#file === undefined ? isTerminal() : !this.#isUsed;
  }

  #fromFile(file: string): string {
    this.#isUsed = true;
    return readPrivateFile(file, 'proof');
  }
}

/** Which proof a text is, by its form and by the proofs that the user has. */
export function proofOf(sent: string, kinds: Kinds): ProofOfIdentity {
  if (/^\d{6}$/.test(sent) && (kinds.includes('totp') || !kinds.includes('password'))) return { totp: sent };
  if (/^[0-9a-f]{5}(?:[-\s]?[0-9a-f]{5}){3}$/i.test(sent) && kinds.includes('recoveryCode')) {
    return { recoveryCode: sent };
  }
  if (sent.startsWith('{') && kinds.includes('passkey')) return { passkey: sent };
  if (sent.startsWith('steward-session-') && kinds.includes('token')) return { token: sent };
  if (kinds.includes('password')) return { password: sent };
  if (kinds.includes('token')) return { token: sent };
  return kinds.includes('recoveryCode') ? { recoveryCode: sent } : { totp: sent };
}

const isTerminal = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

/** A passkey is used in a browser, and not typed. */
const namesOf = (kinds: Kinds): string =>
  kinds.flatMap((kind) => (kind === 'passkey' ? [] : [NAMES[kind]])).join(' or ');

/** Asks at the terminal, without showing what is typed. */
async function asked(command: string, kinds: Kinds): Promise<string> {
  if (!isTerminal()) {
    throw new UsageError(
      'a proof of your identity is needed: give it in a file with --proof-file, or - for standard input',
    );
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const ask = createInterface({ input: process.stdin, output: silent, terminal: true });
  // Only now does the terminal show nothing of what is typed.
  process.stderr.write(`${command} needs ${namesOf(kinds) || 'a proof'}: `);
  const isInterrupted = new Promise<undefined>((resolve) => ask.once('close', () => resolve(undefined)));
  try {
    const typed = (await Promise.race([ask.question(''), isInterrupted]))?.trim();
    if (typed === undefined || typed === '') throw new UsageError('no proof was given, and nothing was done');
    return typed;
  } finally {
    ask.close();
    process.stderr.write('\n');
  }
}
