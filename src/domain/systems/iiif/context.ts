/** The vocabulary of every object that is answered by itself. */
export const CONTEXT = 'http://iiif.io/api/presentation/2/context.json';
