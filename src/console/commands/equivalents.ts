import type { CommandParts } from '../../client/client.ts';

export interface NamedCommand extends CommandParts {
  readonly name: string;
}

/** A word of a POSIX shell that stands for exactly this text. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The command object that `administer` gets. */
function commandObject({ name, user, module, params = {} }: NamedCommand): object {
  return {
    command: name,
    ...(user === undefined ? {} : { user }),
    ...(module === undefined ? {} : { module }),
    params,
  };
}

/** The line of `steward sudo` that runs the command. @param isSubject whether the command is run as the user */
export function stewardLine({ name, user, module, params = {} }: NamedCommand, isSubject: boolean): string {
  const words = ['npx steward sudo', name];
  if (user !== undefined) words.push(isSubject ? `--as ${word(user)}` : word(user));
  const { request, ...others } = params as { readonly request?: unknown };
  if (typeof request === 'string') words.push(word(request));
  const given = { ...(module === undefined ? {} : { module }), ...others };
  if (Object.keys(given).length > 0) words.push(`--params ${word(JSON.stringify(given))}`);
  return words.join(' ');
}

/** A `curl` command that makes the call with the token in $TOKEN. */
export function curlLine(url: string, command: NamedCommand): string {
  const body = { jsonrpc: '2.0', method: 'Workspace.administer', params: [commandObject(command)], id: 1 };
  return `curl -s ${word(url)} -H "Authorization: $TOKEN" -d ${word(JSON.stringify(body))}`;
}

/** A Python program that makes the call with the token in TOKEN. */
export function pythonProgram(url: string, command: NamedCommand): string {
  const { user, module, params = {} } = command;
  const given = Object.fromEntries(
    Object.entries({ user, module, ...params }).filter(([, value]) => value !== undefined),
  );
  const argument = Object.keys(given).length === 0 ? '' : pythonValue(given);
  return [
    'import os',
    'from steward import Steward',
    '',
    `steward = Steward(${pythonValue(url)}, token=os.environ['TOKEN'])`,
    `print(steward.administer.${command.name}(${argument}).result)`,
  ].join('\n');
}

function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${pythonValue(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}
