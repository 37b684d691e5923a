import { typedNumber } from '../../store/foreignDatabase.ts';
import { javaDouble } from '../objects/range.ts';
import { kbaseTime } from '../workspaces/time.ts';

/** An action as KBase stores it, read with the types of its numbers. */
type StoredAction = Readonly<Record<string, unknown>>;

/** The fields of an action that are texts, and their names in answers. */
const TEXTS = [
  ['caller', 'caller'],
  ['service', 'service'],
  ['serviceVersion', 'service_ver'],
  ['method', 'method'],
] as const;
const SCRIPT_TEXTS = [
  ['script', 'script'],
  ['scriptVersion', 'script_ver'],
  ['commandLine', 'script_command_line'],
] as const;
const UNIT_TEXTS = [
  ['resourceName', 'resource_name'],
  ['resourceUrl', 'resource_url'],
  ['resourceVersion', 'resource_version'],
] as const;
const UNIT_DATA = [
  ['dataUrl', 'data_url'],
  ['dataId', 'data_id'],
  ['description', 'description'],
] as const;
const SUB_ACTION_TEXTS = [
  ['name', 'name'],
  ['ver', 'ver'],
  ['codeUrl', 'code_url'],
  ['commit', 'commit'],
  ['endpointUrl', 'endpoint_url'],
] as const;

/**
 * The provenance as it is answered, as JSON text.
 *
 * @param resolved the references of all actions, in order
 */
export function provenanceTextOf(actions: readonly StoredAction[], resolved: readonly string[]): string {
  let next = 0;
  const texts = actions.map((action) => {
    const inputs = listOf(action.wsobjs);
    const own = resolved.slice(next, next + inputs.length);
    next += inputs.length;
    return objectText([
      ...timeFields(action.time, 'time', 'epoch'),
      ...textFields(action, TEXTS),
      ['method_params', jsonText(listOf(action.methodParameters))],
      ...textFields(action, SCRIPT_TEXTS),
      ['input_ws_objects', jsonText(inputs)],
      ['resolved_ws_objects', jsonText(own)],
      ['intermediate_incoming', jsonText(listOf(action.incomingArgs))],
      ['intermediate_outgoing', jsonText(listOf(action.outgoingArgs))],
      ['external_data', listText(listOf(action.externalData).map(unitText))],
      ['subactions', listText(listOf(action.subActions).map(subActionText))],
      ['custom', jsonText(action.custom ?? {})],
      ...textFields(action, [['description', 'description']]),
    ]);
  });
  return listText(texts);
}

/** How many references the actions name as input. */
export const inputsIn = (actions: readonly StoredAction[]): number =>
  actions.reduce((sum, action) => sum + listOf(action.wsobjs).length, 0);

type Member = readonly [name: string, text: string];

const unitText = (unit: unknown) => {
  const fields = unit as StoredAction;
  return objectText([
    ...textFields(fields, UNIT_TEXTS),
    ...timeFields(fields.resourceReleaseDate, 'resource_release_date', 'resource_release_epoch'),
    ...textFields(fields, UNIT_DATA),
  ]);
};

const subActionText = (action: unknown) => objectText(textFields(action as StoredAction, SUB_ACTION_TEXTS));

function textFields(from: StoredAction, names: readonly (readonly [string, string])[]): Member[] {
  return names.flatMap(([field, name]) => {
    const value = from[field];
    return value === null || value === undefined ? [] : [[name, jsonText(value)] as const];
  });
}

function timeFields(value: unknown, text: string, epoch: string): Member[] {
  if (!(value instanceof Date)) return [];
  return [
    [text, JSON.stringify(kbaseTime(value))],
    [epoch, String(value.getTime())],
  ];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const listText = (texts: readonly string[]) => `[${texts.join()}]`;
const objectText = (members: readonly Member[]) =>
  `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`;

/** The JSON of a value that was read with the types of its numbers, which are printed as Java prints them. */
function jsonText(value: unknown): string {
  if (Array.isArray(value)) return listText(value.map(jsonText));
  const number = typedNumber(value);
  if (number !== undefined) return 'whole' in number ? number.whole : javaDouble(number.double);
  if (value === null || typeof value !== 'object' || value instanceof Date) return JSON.stringify(value) ?? 'null';
  return objectText(Object.entries(value).map(([name, inner]) => [name, jsonText(inner)]));
}
