import { createHash } from 'node:crypto';

/** The token in the value of an Authorization header, bare or after `Bearer `. */
export const bareToken = (authorization: string): string => authorization.replace(/^Bearer +/i, '').trim();

/** The digest by which a token is known here, so that the token itself need not be kept. */
export const tokenDigest = (token: string): string => createHash('sha256').update(token).digest('base64');
