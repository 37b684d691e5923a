import { configSchema, KEYS } from '../../config/keys.ts';
import { messageShape } from '../../discovery/errors.ts';
import { catalogue, type Reason } from '../../errors.ts';
import { allCommands } from '../../operations/index.ts';
import { EXIT_CODES } from '../exitCodes.ts';
import { between, code, table } from './markdown.ts';
import { REFERENCE } from './reference.ts';

/** The README with its tables made anew, each between its markers. */
export function readmeWith(text: string): string {
  const tables = {
    commands: commandTable(),
    'exit-codes': exitCodeTable(),
    configuration: configurationTable(),
    errors: errorTable(),
  };
  return Object.entries(tables).reduce((all, [name, content]) => between(all, name, content), text);
}

function commandTable(): string {
  return table(
    ['command', 'effect', 'what it does'],
    allCommands.map(({ name, effect, summary }) => [
      `[${code(name)}](${REFERENCE}#${name.toLowerCase()})`,
      effect,
      summary,
    ]),
  );
}

function exitCodeTable(): string {
  const others = [
    ['0', 'done'],
    ['1', 'any other failure'],
  ];
  return table(['status', 'meaning'], [...others, ...EXIT_CODES.map(({ code, meaning }) => [String(code), meaning])]);
}

function configurationTable(): string {
  return table(
    ['key', 'default', 'meaning'],
    KEYS.map((key) => {
      const { default: value, description } = configSchema.properties[key];
      return [code(key), defaultOf(value), description];
    }),
  );
}

function defaultOf(value: unknown): string {
  if (value === undefined) return '–';
  const shown = [value].flat().join(', ');
  return shown === '' ? 'none' : code(shown);
}

function errorTable(): string {
  return table(
    ['reason', 'code', 'message', 'what to do'],
    (Object.keys(catalogue) as Reason[]).map((reason) => [
      code(reason),
      String(catalogue[reason].code),
      messageShape(reason),
      catalogue[reason].advice,
    ]),
  );
}
