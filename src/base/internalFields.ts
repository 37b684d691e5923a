// Made by `npm run generate` from the declarations of collections. Do not edit: a test makes it anew and compares.

/** The fields of each collection that only the service needs, such as counters and marks: they follow from what else is changed. */
export const internalFields: Readonly<Record<string, readonly string[]>> = {
  principals: ['named', 'tokenName', 'tokenNameAt', 'disabledAt'],
  roles: ['size'],
  roster: ['epoch'],
};
