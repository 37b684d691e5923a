import { sparse } from '../../base/json/sparse.ts';

/**
 * A body as the University of Toronto's IIIF API writes it: at every depth without what is false, empty or nothing, and
 * with its keys in order.
 */
export function iiifJson(body: unknown): string {
  return JSON.stringify(sparse(body) ?? {});
}

/** What is wrong with a parameter, without the name of the command that has it. */
export const withoutCommand = (message: string): string => message.replace(/^[\w.]+: params\.?/, '');
