import { type Schema, Validator } from '@cfworker/json-schema';
import {
  type RJSFSchema,
  type RJSFValidationError,
  toErrorSchema,
  type ValidationData,
  type ValidatorType,
} from '@rjsf/utils';

const validators = new WeakMap<object, Validator>();

function validatorOf(schema: RJSFSchema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const made = new Validator(schema as Schema, '7', false);
  validators.set(schema, made);
  return made;
}

/** These only say that something below them is wrong. */
const FOLLOWING = new Set(['properties', 'items', '$ref', 'additionalProperties', 'false']);

/**
 * Validates forms by interpreting their schemas. The validator that comes with the form library compiles them to code, which
 * the Content-Security-Policy forbids.
 */
export const formValidator: ValidatorType = {
  validateFormData(formData: unknown, schema: RJSFSchema): ValidationData<unknown> {
    const errors = this.rawValidation<RJSFValidationError>(schema, formData).errors ?? [];
    return { errors, errorSchema: toErrorSchema(errors) };
  },
  isValid(schema: RJSFSchema, formData: unknown, rootSchema: RJSFSchema): boolean {
    return validatorOf({ ...schema, components: rootSchema.components }).validate(formData ?? {}).valid;
  },
  rawValidation<Result>(schema: RJSFSchema, formData?: unknown) {
    const { errors } = validatorOf(schema).validate(formData ?? {});
    const own = errors
      .filter(({ keyword }) => !FOLLOWING.has(keyword))
      .map(({ keyword, instanceLocation, error }) => ({
        name: keyword,
        message: error,
        stack: error,
        property: pathOf(keyword, instanceLocation, error),
      }));
    return { errors: own as Result[] };
  },
};

/** Where the form shows the error: at the property that is missing, not at what it is missing from. */
function pathOf(keyword: string, location: string, error: string): string {
  const path = location.replace(/^#/, '').replaceAll('/', '.');
  const missing = keyword === 'required' ? /"([^"]+)"/.exec(error)?.[1] : undefined;
  return missing === undefined ? path : `${path}.${missing}`;
}
