/** The `@context` of every object at the top level of an answer. */
export const CONTEXT = 'http://iiif.io/api/presentation/2/context.json';
