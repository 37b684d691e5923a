import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** The page that a browser shows at the service's address. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Steward</title>
<style>body{font:1rem/1.5 sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>Steward</h1>
<p>This is a JSON-RPC service: programs send a <code>POST</code> to this address. Its method
<code>Workspace.administer</code> carries out what only administrators may do; every call of it is recorded.</p>
<ul>
<li><code>rpc.discover</code> describes the methods and commands (OpenRPC).</li>
<li><a href="openapi.json">openapi.json</a> describes the HTTP routes of other systems (OpenAPI).</li>
<li><a href="healthz">healthz</a> and <a href="readyz">readyz</a> say whether it is up.</li>
</ul>
</html>
`;

export const PAGE_HEADERS: OutgoingHttpHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  Vary: 'Accept',
};

/** Whether the client explicitly accepts HTML, as browsers do. Programs that accept anything get KBase's answer. */
export function wantsPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (headers.accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.toLowerCase().split(';');
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter));
    return type.trim() === 'text/html' && !refused;
  });
}
