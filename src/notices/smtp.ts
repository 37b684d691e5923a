import { createTransport } from 'nodemailer';
import type { Send } from './deliver.ts';

const TIMEOUT_MS = 20_000;

/** Sends e-mails through the mail server at this `smtp://` or `smtps://` URL, with the account in it, if any. */
export function smtpSender(url: string, from: string): { readonly send: Send; close(): void } {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ id, to, subject, text }) => {
      const messageId = `<${id.replace('/', '.')}@steward>`;
      // As an object: a text would be read as a list of addresses.
      await transport.sendMail({ from, to: { name: '', address: to }, subject, text, messageId });
    },
    close: () => transport.close(),
  };
}
