import { hash } from 'node:crypto';

/** The token in the value of an Authorization header, bare or after `Bearer `. */
export const bareToken = (authorization: string): string => authorization.replace(/^Bearer +/i, '').trim();

/** The digest by which a token is known here, so that the token itself need not be kept. */
export const tokenDigest = (token: string): string => hash('sha256', token, 'base64');

/** A signed token (RFC 7515, 7.1), up to its signature. */
const SIGNED = /^[\w-]+\.[\w-]*\.(?=[\w-]*$)/;

/**
 * The digest by which a token that was verified counts as a credential. One signature can be written in several ways, and
 * there can be several for the same content, so that only what is signed counts.
 */
export const credentialDigest = (token: string): string => tokenDigest(SIGNED.exec(token)?.[0] ?? token);
