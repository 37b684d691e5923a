import { refuse } from '../errors.ts';
import type { ExternalDataUnit, ProvenanceAction, SubAction } from '../schemas/generated.ts';
import { cutToCharacters } from '../text.ts';
import { chosenTime, kbaseTime } from '../workspaces/time.ts';
import type { Reference } from './object.ts';
import { within } from './refusals.ts';

const MAX_BYTES = 1_000_000;

type Action = NonNullable<ProvenanceAction>;

/** Where an object is from, with its times in both forms; what it names as input is not looked up yet. */
export type ProvenanceDraft = readonly Action[];

/**
 * Provenance as it is kept. An action without any field says nothing, and is dropped.
 *
 * @throws object_invalid, invalid_params
 */
export function provenanceDraft(actions: readonly ProvenanceAction[], now: Date): ProvenanceDraft {
  return actions.flatMap((action, i) =>
    within(`Provenance action #${i + 1}: `, () => {
      if (action === null) throw refuse('object_invalid', 'is null');
      const { resolved_ws_objects: _, ...given } = action;
      return isEmpty(given) ? [] : [actionOf(given, now)];
    }),
  );
}

/** The references that it names as input, each once. */
export function inputsOf(provenance: ProvenanceDraft): string[] {
  return [...new Set(provenance.flatMap((action) => (action.input_ws_objects ?? []).map((text) => text ?? '')))];
}

/**
 * As it is answered, as JSON text.
 *
 * @throws object_invalid when it is too long; the message lacks the object's name at its beginning
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

function actionOf(action: Action, now: Date): Action {
  const { time, epoch, external_data = [], subactions = [], ...others } = action;
  if (time !== undefined && epoch !== undefined) {
    throw refuse('object_invalid', 'Cannot specify both time and epoch in provenance action');
  }
  const instant = chosenTime('time', time, epoch) ?? now;
  return {
    method_params: [],
    input_ws_objects: [],
    intermediate_incoming: [],
    intermediate_outgoing: [],
    custom: {},
    ...others,
    time: kbaseTime(instant),
    epoch: instant.getTime(),
    external_data: external_data.map(externalData),
    subactions: subactions.map(subAction),
  };
}

function externalData(unit: ExternalDataUnit): ExternalDataUnit {
  if (unit === null || isEmpty(unit)) {
    throw refuse('object_invalid', 'At least one field in an external data unit must be provided');
  }
  const { resource_release_date: date, resource_release_epoch: epoch, ...others } = unit;
  assertUrl('resource', others.resource_url);
  assertUrl('data', others.data_url);
  if (date !== undefined && epoch !== undefined) {
    throw refuse('object_invalid', 'Cannot specify both time and epoch in external data unit');
  }
  const released = chosenTime('resource_release', date, epoch);
  if (released === undefined) return others;
  return { ...others, resource_release_date: kbaseTime(released), resource_release_epoch: released.getTime() };
}

function subAction(action: SubAction): SubAction {
  if (action === null || isEmpty(action)) {
    throw refuse('object_invalid', 'At least one field in a provenance sub action must be provided');
  }
  assertUrl('code', action.code_url);
  assertUrl('endpoint', action.endpoint_url);
  return action;
}

function assertUrl(which: string, url: string | undefined): void {
  if (url !== undefined && !URL.canParse(url)) {
    throw refuse('object_invalid', `Illegal ${which} url '${cutToCharacters(url, 1_000)}': it is not a URL`);
  }
}

const isEmpty = (fields: object) =>
  Object.values(fields).every(
    (value) => value === undefined || (typeof value === 'object' && Object.keys(value).length === 0),
  );
