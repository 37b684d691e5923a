import { catalogue, type ErrorKind, type Reason } from '../../base/errors.ts';
import { reasonsOfCommands } from '../../operations/reasons.ts';
import { docstring } from './pythonTypes.ts';

/** The class of the Python client for each kind of error. */
const CLASSES: Readonly<Record<ErrorKind, { readonly name: string; readonly doc: string }>> = {
  unauthenticated: { name: 'UnauthenticatedError', doc: 'The token was not accepted.' },
  forbidden: { name: 'ForbiddenError', doc: 'You may not do this.' },
  invalid: { name: 'InvalidError', doc: 'The call or its parameters are invalid.' },
  notFound: { name: 'NotFoundError', doc: 'Something that the call names does not exist.' },
  conflict: {
    name: 'ConflictError',
    doc: 'The state of the data does not allow it: a stale plan, a taken name, the last admin.',
  },
  busy: { name: 'BusyError', doc: 'The service or its database is busy or not available.' },
  internal: { name: 'InternalError', doc: 'A fault of the service; give the request id to its operator.' },
};

/** What the clients can get: HTTP methods other than POST are not theirs. */
const reasons = (Object.keys(catalogue) as Reason[]).filter((reason) => reason !== 'http_get');

/** The Python client's classes of errors, whose docstrings tell the reasons and what to do. */
export function pythonErrors(): string {
  const classes = Object.entries(CLASSES).map(([kind, { name, doc }]) => {
    const own = reasons.filter((reason) => catalogue[reason].kind === kind);
    const lines = own.map((reason) => `${reason}: ${catalogue[reason].advice}`).join('\n');
    return `class ${name}(StewardError):\n${docstring([doc, 'By `reason`, what you can do:', lines], '    ')}`;
  });
  const kinds = Object.entries(CLASSES).map(([kind, { name }]) => `    '${kind}': ${name},`);
  return [
    '"""The classes of errors that the service answers, by kind."""',
    '',
    'from typing import Dict, Type',
    '',
    'from ._errors import StewardError',
    '',
    '',
    classes.join('\n\n\n'),
    '',
    '',
    '#: The class for each kind of error in answers. An unknown kind is an `InternalError`.',
    'KINDS: Dict[str, Type[StewardError]] = {',
    ...kinds,
    '}',
    '',
  ].join('\n');
}

/** The TypeScript client's type of the reasons. */
export function typeScriptReasons(): string {
  return [
    '/** The reasons of errors that this version of the service answers. A later one may have more. */',
    'export type Reason =',
    ...reasons.map((reason, n) => `  | '${reason}'${n === reasons.length - 1 ? ';' : ''}`),
    '',
    '/** The reasons for which each command may be refused, beside those of every call. */',
    'export interface CommandReasons {',
    ...Object.entries(reasonsOfCommands).map(([name, own]) => `  ${name}: ${unionOf(own)};`),
    '}',
    '',
  ].join('\n');
}

const unionOf = (names: readonly string[]) => names.map((name) => `'${name}'`).join(' | ') || 'never';
