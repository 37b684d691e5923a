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
  /** Forgets the token and everything that was shown. */
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

/** Signs in with a token. @throws StewardCallError if it is not accepted, or its user administers nothing */
export async function signIn(token: string): Promise<{ client: StewardClient; privileges: Privileges }> {
  const client = new StewardClient({ url: serviceUrl(), token });
  const { result } = await client.administer.listMyPrivileges();
  return { client, privileges: result };
}
