import { Ajv } from 'ajv';
import { linearPattern } from './pattern.ts';

/** A pattern as the validator calls it. */
function regExp(source: string) {
  const test = linearPattern(source);
  return { test };
}
// Used only for validators as stand-alone code, which are never made here.
regExp.code = 'unused';

/**
 * Compiles the JSON Schema of a rule. Patterns take linear time, and keywords that could take more are unknown, since
 * callers choose the parameters.
 *
 * @throws an Error that says what is wrong with the schema
 */
export function parametersMatcher(schema: object): (params: unknown) => boolean {
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    ownProperties: true,
    code: { regExp },
  });
  ajv.removeKeyword('uniqueItems');
  const validate = ajv.compile(schema);
  return (params) => validate(params ?? {}) === true;
}
