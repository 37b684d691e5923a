/** The token without blanks around it, such as the line break of a file; undefined if no token has its characters. */
export function bareToken(token: string): string | undefined {
  const bare = token.trim();
  return /^[\x20-\x7e]*$/.test(bare) ? bare : undefined;
}
