import { refuse } from '../../base/errors.ts';
import type { ExternalDataUnit, ProvenanceAction, SubAction } from '../../base/schemas/generated.ts';
import { instantOf, kbaseTime } from '../workspaces/time.ts';
import { assertKnownKeys, parseReferencePath } from './identify.ts';
import type { Reference } from './object.ts';
import { withPrefix } from './refusals.ts';
import { urlField } from './url.ts';

const MAX_BYTES = 1_000_000;

type Action = NonNullable<ProvenanceAction>;

/** The actions with times in both forms; their input references are not resolved yet. */
export type ProvenanceDraft = readonly Action[];

const ACTION_KEYS = [
  ...['time', 'epoch', 'caller', 'service', 'service_ver', 'method', 'method_params', 'script', 'script_ver'],
  ...['script_command_line', 'input_ws_objects', 'resolved_ws_objects', 'intermediate_incoming'],
  ...['intermediate_outgoing', 'external_data', 'subactions', 'custom', 'description'],
];
const TEXTS = [
  ...(['caller', 'service', 'service_ver', 'method', 'script', 'script_ver', 'script_command_line'] as const),
  'description',
] as const;
const UNIT_KEYS = [
  ...['resource_name', 'resource_url', 'resource_version', 'resource_release_date', 'resource_release_epoch'],
  ...['data_url', 'data_id', 'description'],
];
const SUB_ACTION_KEYS = ['name', 'ver', 'code_url', 'commit', 'endpoint_url'];

/**
 * Provenance as it is stored, by the rules of the KBase Workspace Service 0.15: texts are trimmed, blank texts and
 * empty lists are left out, and actions without content are dropped.
 *
 * @throws object_invalid, invalid_params, reference_invalid, object_not_named, object_name_invalid,
 *   workspace_not_named, workspace_name_invalid, each with the number of the action
 */
export function provenanceDraft(actions: readonly ProvenanceAction[]): ProvenanceDraft {
  return actions.flatMap((action, i) =>
    withPrefix(`Provenance action #${i + 1}: `, () => {
      if (action === null) throw refuse('object_invalid', 'is null');
      assertKnownKeys('ProvenanceAction', action, ACTION_KEYS);
      const drafted = actionOf(action);
      return Object.values(drafted).some((value) => !isEmpty(value)) ? [drafted] : [];
    }),
  );
}

/** The input references, each once. */
export function inputsOf(provenance: ProvenanceDraft): string[] {
  return [...new Set(provenance.flatMap((action) => (action.input_ws_objects ?? []).map((text) => text ?? '')))];
}

/**
 * The provenance as it is answered, as JSON text.
 *
 * @throws object_invalid when it is too long; the caller puts the object's name before the message
 */
export function provenanceText(provenance: ProvenanceDraft, resolved: (reference: string) => Reference): string {
  const text = JSON.stringify(
    provenance.map((action) => ({
      ...action,
      resolved_ws_objects: (action.input_ws_objects ?? []).map((reference) => resolved(reference ?? '')),
    })),
  );
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_BYTES) return text;
  throw refuse('object_invalid', ` provenance size ${bytes} exceeds limit of ${MAX_BYTES}`);
}

/** The fields are in the order in which KBase checks them. */
function actionOf(action: Action): Action {
  const time = instantOf(action.time, action.epoch, 'Cannot specify both time and epoch in provenance action');
  return {
    ...(time === undefined ? {} : { time: kbaseTime(time), epoch: time.getTime() }),
    ...textFields(action, TEXTS),
    method_params: action.method_params ?? [],
    input_ws_objects: inputs(action.input_ws_objects),
    intermediate_incoming: labels(action.intermediate_incoming, 'incoming args'),
    intermediate_outgoing: labels(action.intermediate_outgoing, 'outgoing args'),
    external_data: (action.external_data ?? []).map((unit, i) =>
      withPrefix(`External data unit #${i + 1}: `, () => externalData(unit)),
    ),
    subactions: (action.subactions ?? []).map((one, i) => withPrefix(`Sub action #${i + 1}: `, () => subAction(one))),
    custom: action.custom ?? {},
  };
}

function inputs(references: Action['input_ws_objects'] = []): string[] {
  return references.map((reference, i) =>
    withPrefix(`Invalid workspace object provenenance reference at position ${i + 1}: `, () => {
      parseReferencePath(reference);
      return reference?.trim() ?? '';
    }),
  );
}

function labels(texts: readonly (string | null)[] = [], name: string): string[] {
  return texts.map((text) => {
    if (text !== null && text.trim() !== '') return text;
    throw refuse('object_invalid', `Null or whitespace only string in collection ${name}`);
  });
}

function externalData(unit: ExternalDataUnit): ExternalDataUnit {
  if (unit === null) throw refuse('object_invalid', 'is null');
  const { resource_release_date: date, resource_release_epoch: epoch } = unit;
  const released = instantOf(date, epoch, 'Cannot specify both time and epoch in external data unit');
  assertKnownKeys('ExternalDataUnit', unit, UNIT_KEYS);
  const kept = {
    ...textFields(unit, ['resource_name', 'resource_version', 'data_id', 'description']),
    ...urlField('data', 'data_url', unit.data_url),
    ...urlField('resource', 'resource_url', unit.resource_url),
    ...(released === undefined
      ? {}
      : { resource_release_date: kbaseTime(released), resource_release_epoch: released.getTime() }),
  };
  if (Object.keys(kept).length > 0) return kept;
  throw refuse('object_invalid', 'At least one field in an external data unit must be provided');
}

function subAction(action: SubAction): SubAction {
  if (action === null) throw refuse('object_invalid', 'is null');
  assertKnownKeys('SubAction', action, SUB_ACTION_KEYS);
  const kept = {
    ...urlField('code', 'code_url', action.code_url),
    ...urlField('endpoint', 'endpoint_url', action.endpoint_url),
    ...textFields(action, ['name', 'ver', 'commit']),
  };
  if (Object.keys(kept).length > 0) return kept;
  throw refuse('object_invalid', 'At least one field in a provenance sub action must be provided');
}

/** The fields that are not blank, trimmed. */
function textFields<K extends string>(fields: { readonly [key in K]?: string }, keys: readonly K[]) {
  const texts = keys.flatMap((key) => {
    const text = fields[key]?.trim() ?? '';
    return text === '' ? [] : [[key, text] as const];
  });
  return Object.fromEntries(texts) as { [key in K]?: string };
}

const isEmpty = (value: unknown) =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
