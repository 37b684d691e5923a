import { createContext, type ReactNode, useContext } from 'react';
import type { ListMyPrivileges } from '../base/schemas/generated.ts';
import { StewardClient } from '../client/client.ts';

export type Privileges = ListMyPrivileges['result'];

/** Who is signed in. It lives in memory alone: a reload of the page signs out. */
export interface Session {
  readonly client: StewardClient;
  readonly privileges: Privileges;
  /** Whether the caller may run this command at all. */
  may(command: string): boolean;
  /** Forgets the token and everything that was shown, and ends the session that a password has begun. */
  signOut(): void;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function SessionProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

/** @throws Error outside of a SessionProvider */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in');
  return session;
}

/** Where the service answers: the address that the console's folder lies at. */
export const serviceUrl = (): string => new URL('../', new URL('.', window.location.href)).href;

/** Somebody who has signed in. */
export interface SignedIn extends Pick<Session, 'client' | 'privileges'> {
  /** Ends the session that the service keeps, if there is one. */
  end(): Promise<unknown>;
}

/** Signs in with a token. @throws StewardCallError if it is not accepted, or its user administers nothing */
export async function signIn(token: string): Promise<SignedIn> {
  const client = new StewardClient({ url: serviceUrl(), token });
  const { result } = await client.administer.listMyPrivileges();
  return { client, privileges: result, end: async () => undefined };
}

export interface NameAndPassword {
  readonly name: string;
  readonly password: string;
  /** The code of the authenticator app, or a recovery code, if the account has an app. */
  readonly code?: string;
}

/** Signs in to a local account. @throws StewardCallError, with the reason `totp_required` if the code is missing */
export async function signInWithPassword({ code, ...login }: NameAndPassword): Promise<SignedIn> {
  const url = serviceUrl();
  const sent = code === undefined ? {} : /^\d{6}$/.test(code) ? { totp: code } : { recoveryCode: code };
  const service = new StewardClient({ url });
  const { result } = await service.methods.Session_sign_in({ ...login, ...sent, client: 'Steward console' });
  const own = new StewardClient({ url, token: result.token });
  const end = () => own.methods.Session_sign_out({});
  try {
    return { ...(await signIn(result.token)), end };
  } catch (error) {
    // Nobody could end it here any more.
    await end().catch(() => undefined);
    throw error;
  }
}
