import { Ajv } from 'ajv';
import type { DeployConfig } from '../schemas/generated.ts';
import { configSchema, isList, KEYS, type Key } from './keys.ts';
import { type ConfigProblem, problemAt } from './problems.ts';
import { brokenRule, refusal } from './rules.ts';
import type { Given } from './sources.ts';

// A test holds the schema against the schema of schemas, which takes longer to compile than it does.
const ajv = new Ajv({ strict: true, allErrors: true, ownProperties: true, useDefaults: true, validateSchema: false });
// A value that is never shown.
ajv.addVocabulary(['x-secret']);
const validate = ajv.compile<DeployConfig>(configSchema);

export type GivenValues = ReadonlyMap<Key, Given>;

/** The typed settings, defaults filled in; undefined when any value is bad, and then the problems say which. */
export function readValues(given: GivenValues): { values?: DeployConfig; problems: ConfigProblem[] } {
  const values: Record<string, unknown> = {};
  for (const [key, { text }] of given) {
    if (text !== '' || isList(key)) values[key] = decode(key, text);
  }
  // Only the embedded default is anybody's own to administer: a shared database gets no administrator by default, and
  // where others give out the names, nobody becomes one by the name `admin`.
  const shared = ['mongodb-host', 'auth2-service-url', 'auth-jwks-url'].some((key) => values[key] !== undefined);
  if (values['ws-admin'] === undefined && shared) values['ws-admin'] = [];

  const problems: ConfigProblem[] = [];
  const complain = (key: Key, text: string) =>
    problems.push(problemAt(given.get(key)?.origin ?? { from: 'default' }, key, text));

  const valid = validate(values);
  const errors = valid ? [] : (validate.errors ?? []);
  // One value may break its schema in two ways; once is enough.
  const places = new Map(errors.map((error) => [error.instancePath, error]));
  for (const [place, error] of places) {
    const key = keyAt(place);
    // No key: a mistake in the schema, or in the reading of the names.
    if (key === undefined) throw new TypeError(`the configuration broke its schema: ${ajv.errorsText([error])}`);
    complain(key, refusal(key, partAt(place, values[key])));
  }
  const bad = new Set([...places.keys()].map(keyAt));
  const plainHosts = [values['plain-http-hosts']].flat().map((host) => String(host).toLowerCase());
  for (const key of KEYS) {
    if (bad.has(key)) continue;
    const parts = [values[key]].flat().filter((value) => typeof value === 'string');
    const [broken] = parts.flatMap((value) => brokenRule(key, value, plainHosts) ?? []);
    if (broken !== undefined) complain(key, broken);
  }
  return valid && problems.length === 0 ? { values, problems } : { problems };
}

/** The text as the schema's type; unchanged when it is none, so that the schema refuses it. */
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

/** The value at ajv's instance path: all of it, or the one entry of a list. */
function partAt(place: string, value: unknown): unknown {
  const index = place.split('/')[2];
  return Array.isArray(value) && index !== undefined ? value[Number(index)] : value;
}
