import '@mantine/core/styles.css';
import '@mantine/charts/styles.css';
import './console.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { StewardCallError } from '../client/client.ts';
import { ConsoleRouter } from './router.tsx';
import { type Session, SessionProvider, type SignedIn } from './session.tsx';
import { SignInView } from './signInView.tsx';
import { theme } from './theme.ts';

/** The nonce of this response, without which the browser refuses style elements. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
// Dialogs keep the page behind them from scrolling with a style element, whose nonce they get from here.
setNonce(nonce);

/** Reads are repeated only if the service was not reached; writes are never repeated by the query library. */
const makeQueries = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: (count, error) => count < 3 && error instanceof StewardCallError && error.reason === 'connection',
        refetchOnWindowFocus: false,
        staleTime: 5_000,
      },
      mutations: { retry: false },
    },
  });

function Console() {
  const [queries, setQueries] = useState(makeQueries);
  const [session, setSession] = useState<Session>();
  const signOut = (end: SignedIn['end']) => {
    // The page forgets the token in any case. A session that is not reached ends by itself.
    void end().catch(() => undefined);
    setSession(undefined);
    queries.clear();
    setQueries(makeQueries());
  };
  return (
    <QueryClientProvider client={queries}>
      {session === undefined ? (
        <SignInView
          onSignedIn={({ client, privileges, end }) => {
            const may = (command: string) => privileges.commands.includes(command);
            setSession({ client, privileges, may, signOut: () => signOut(end) });
          }}
        />
      ) : (
        <SessionProvider session={session}>
          <ConsoleRouter />
        </SessionProvider>
      )}
    </QueryClientProvider>
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element with the id root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Console />
    </MantineProvider>
  </StrictMode>,
);
