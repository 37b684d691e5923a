import { schemaOf } from '../../base/schemas/validator.ts';
import { methodsBySubject, rpcMethods } from '../../operations/index.ts';
import type { Method } from '../../operations/operation.ts';
import { parametersText, resultText } from './entries.ts';
import { code, fileOf, generatedPage, table } from './markdown.ts';

const INTRODUCTION = `Anybody can call a **method**, as themselves and with their own rights: being an administrator adds none. A method takes one
parameter or none. \`rpc.discover\` answers with an OpenRPC document of the methods that the caller may call.`;

/** The methods of JSON-RPC by subject, in the order of the list. */
const bySubject = [...methodsBySubject]
  .map(([subject, list]) => [subject, list.filter((method) => rpcMethods.includes(method))] as const)
  .filter(([, list]) => list.length > 0);

/** The list of all methods, and a page for each subject. */
export function methodPages(): Record<string, string> {
  const pages = bySubject.map(([subject, list]) => [
    `methods/${fileOf(subject)}`,
    generatedPage(`Methods: ${subject}`, list.map(entry)),
  ]);
  return { 'methods.md': listPage(), ...Object.fromEntries(pages) };
}

function listPage(): string {
  const sections = bySubject.map(([subject, list]) => {
    const rows = list.map(({ name, effect, summary }) => [
      `[${code(name)}](methods/${fileOf(subject)}#${anchorOf(name)})`,
      effect,
      summary,
    ]);
    return `## ${subject}\n\n${table(['method', 'effect', 'what it does'], rows)}`;
  });
  return generatedPage('Methods', [INTRODUCTION, ...sections]);
}

/** The anchor of a heading on GitHub: in lower case, without dots. */
const anchorOf = (name: string) => name.toLowerCase().replaceAll('.', '');

function entry(method: Method): string {
  const { name, summary, effect, auth, deprecated } = method;
  return [
    `## ${name}`,
    summary,
    [
      `- **Effect:** ${effect}.`,
      `- **Token:** ${auth === 'none' ? 'ignored' : auth}.`,
      ...(deprecated === undefined ? [] : [`- **Deprecated:** kept for old clients; use ${code(deprecated)}.`]),
    ].join('\n'),
    method.params === undefined ? 'No parameter.' : parametersText(schemaOf(method.params)),
    resultText(schemaOf(method.result)),
  ].join('\n\n');
}
