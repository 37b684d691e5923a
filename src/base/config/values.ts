import { Ajv } from 'ajv';
import type { DeployConfig } from '../schemas/generated.ts';
import { configSchema, isList, KEYS, type Key } from './keys.ts';
import { type ConfigProblem, problemAt } from './problems.ts';
import { refusal, ruleViolation } from './rules.ts';
import type { Given } from './sources.ts';

// Compiling the schema of schemas takes longer than a start may: a test validates this schema against it.
const ajv = new Ajv({ strict: true, allErrors: true, ownProperties: true, useDefaults: true, validateSchema: false });
// The mark of values that are never shown.
ajv.addVocabulary(['x-class']);
const validate = ajv.compile<DeployConfig>(configSchema);

export type GivenValues = ReadonlyMap<Key, Given>;

/** The typed settings, with defaults; undefined if any value is invalid, as the problems say. */
export function readValues(given: GivenValues): { values?: DeployConfig; problems: ConfigProblem[] } {
  const values: Record<string, unknown> = {};
  for (const [key, { text }] of given) {
    if (text !== '' || isList(key)) values[key] = decode(key, text);
  }
  // Only an embedded database with the service's own tokens gets the default administrator: a shared database may have
  // others, and where another service assigns names, nobody may become administrator by the name `admin`.
  const shared = ['mongodb-host', 'auth2-service-url', 'auth-jwks-url'].some((key) => values[key] !== undefined);
  if (values['ws-admin'] === undefined && shared) values['ws-admin'] = [];

  const problems: ConfigProblem[] = [];
  const add = (key: Key, text: string) =>
    problems.push(problemAt(given.get(key)?.origin ?? { from: 'default' }, key, text));

  const valid = validate(values);
  const errors = valid ? [] : (validate.errors ?? []);
  // A value that violates its schema twice is reported once.
  const places = new Map(errors.map((error) => [error.instancePath, error]));
  for (const [place, error] of places) {
    const key = keyAt(place);
    // Without a key, the schema itself or the parsing of names is wrong.
    if (key === undefined) throw new TypeError(`the configuration broke its schema: ${ajv.errorsText([error])}`);
    add(key, refusal(key, partAt(place, values[key])));
  }
  const bad = new Set([...places.keys()].map(keyAt));
  const plainHosts = [values['plain-http-hosts']].flat().map((host) => String(host).toLowerCase());
  for (const key of KEYS) {
    if (bad.has(key)) continue;
    const parts = [values[key]].flat().filter((value) => typeof value === 'string');
    const [broken] = parts.flatMap((value) => ruleViolation(key, value, plainHosts) ?? []);
    if (broken !== undefined) add(key, broken);
  }
  return valid && problems.length === 0 ? { values, problems } : { problems };
}

/** The text converted to the schema's type; unchanged if it is not valid, so that the schema refuses it. */
function decode(key: Key, text: string): unknown {
  switch (configSchema.properties[key].type) {
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return [...new Set(text.split(',').map((item) => item.trim()))].filter((item) => item !== '');
    case 'string':
      return text;
  }
}

const keyAt = (place: string): Key | undefined => KEYS.find((key) => key === place.split('/')[1]);

/** The value at ajv's instance path: the whole value, or one entry of a list. */
function partAt(place: string, value: unknown): unknown {
  const index = place.split('/')[2];
  return Array.isArray(value) && index !== undefined ? value[Number(index)] : value;
}
