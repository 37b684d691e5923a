import { sparse } from '../../base/json/sparse.ts';

/** A body as the University of Toronto's IIIF API writes it: {@link sparse}. */
export const iiifJson = (body: unknown): string => JSON.stringify(sparse(body) ?? {});

/** The message about a parameter, without the name of the command. */
export const withoutCommand = (message: string): string => message.replace(/^[\w.]+: params\.?/, '');
