/** The token in the value of an Authorization header, bare or after `Bearer `. */
export const bareToken = (authorization: string): string => authorization.replace(/^Bearer +/i, '').trim();
