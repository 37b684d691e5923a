import { catalogue, codeOf, type Reason } from '../../base/errors.ts';
import { messageShape } from '../../operations/discovery/errors.ts';
import { code, generatedPage, table } from './markdown.ts';

const INTRODUCTION = `Every error has a stable **reason**. In JSON-RPC 2.0, \`error.data\` is \`{reason, kind, requestId, advice}\`; in JSON-RPC
1.1, \`error.data\` is the reason as a string. Programs should test the reason: several reasons share a code, and messages
may change. ‹…› in a message stands for the value in question. [HTTP and JSON-RPC](../http.md) shows whole answers.`;

export function errorPage(): string {
  const rows = (Object.keys(catalogue) as Reason[]).map((reason) => [
    code(reason),
    String(codeOf(reason)),
    messageShape(reason),
    catalogue[reason].advice,
  ]);
  return generatedPage('Errors', [INTRODUCTION, table(['reason', 'code', 'message', 'what to do'], rows)]);
}
