import { Ajv, type Options } from 'ajv';
import { linearPattern } from './pattern.ts';

/** A pattern as the validator calls it. */
function regExp(source: string) {
  const test = linearPattern(source);
  return { test };
}
// Used only for validators as stand-alone code, which are never made here.
regExp.code = 'unused';

const OPTIONS: Options = {
  strict: true,
  strictTypes: false,
  strictRequired: false,
  ownProperties: true,
  code: { regExp },
};

/** Checks that schemas are schemas, for which it compiles the schema of schemas once: that takes longer than all else. */
const checker = new Ajv(OPTIONS);

/**
 * Compiles the JSON Schema of a rule. Callers choose the parameters, so that nothing in it may take more than linear
 * time: patterns have the syntax of RE2, and `uniqueItems` is not known.
 *
 * @throws an Error that says what is wrong with the schema
 */
export function parametersMatcher(schema: object): (params: unknown) => boolean {
  if (/"uniqueItems":/.test(JSON.stringify(schema))) {
    throw new Error('uniqueItems cannot be used in where, since it takes too long on long lists');
  }
  if (checker.validateSchema(schema) !== true) throw new Error(`schema is invalid: ${checker.errorsText()}`);
  // One of its own for each schema, since several may have the same `$id`.
  const validate = new Ajv({ ...OPTIONS, validateSchema: false }).compile(schema);
  return (params) => validate(params ?? {}) === true;
}
