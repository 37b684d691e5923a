import { sparse } from '../../base/json/sparse.ts';

/** A body as the University of Toronto's IIIF API writes it: {@link sparse}. */
export const iiifJson = (body: unknown): string => JSON.stringify(sparse(body) ?? {});
