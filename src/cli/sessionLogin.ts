import { hostname } from 'node:os';
import { StewardClient } from '../client/client.ts';
import { StewardCallError } from '../client/errors.ts';
import { readPrivateFile } from './privateFile.ts';
import { secretLine } from './secretLine.ts';

interface Login {
  /** Where the service answers. */
  readonly url: string;
  /** The name of the local account. */
  readonly user: string;
  /** The file with the password, and with the code on its second line if one is needed; `-` for the standard input. */
  readonly passwordFile: string | undefined;
}

/**
 * Signs in with a name and a password, and returns the token of the session. At a terminal it asks for the password, and
 * for the code of the authenticator app if the account has one.
 *
 * @throws UsageError, StewardCallError
 */
export async function sessionToken({ url, user, passwordFile }: Login): Promise<string> {
  const service = new StewardClient({ url });
  const asks = passwordFile === undefined && process.stdin.isTTY === true;
  const [password = '', code] = asks ? [await secretLine('password')] : secretsIn(passwordFile ?? '-');
  const signIn = async (code: string | undefined) => {
    const client = `steward on ${hostname()}`.slice(0, 100);
    const { result } = await service.methods.Session_sign_in({ name: user, password, client, ...codeOf(code) });
    return result.token;
  };
  try {
    return await signIn(code);
  } catch (error) {
    if (!asks || !(error instanceof StewardCallError) || error.reason !== 'totp_required') throw error;
    return signIn((await secretLine('code of your authenticator app, or a recovery code')).trim());
  }
}

/** A code of the app has six digits; a recovery code has not. */
function codeOf(text: string | undefined) {
  if (text === undefined) return {};
  return /^\d{6}$/.test(text) ? { totp: text } : { recoveryCode: text };
}

const secretsIn = (file: string): string[] => readPrivateFile(file, 'password').split(/\r?\n/);

/** Whether a token is that of a session, which can be ended. */
export const isSessionToken = (token: string): boolean => token.startsWith('steward-session-');

/** Ends the session of a token. @throws StewardCallError, but not if it has ended already */
export async function endSessionOf(token: string, url: string): Promise<void> {
  try {
    await new StewardClient({ url, token }).methods.Session_sign_out({});
  } catch (error) {
    if (!(error instanceof StewardCallError) || error.reason !== 'session_missing') throw error;
  }
}
