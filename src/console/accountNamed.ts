/** The account that is typed as a user's name, or as `role:NAME`. */
export function accountNamed(text: string) {
  const role = /^role:(.+)$/.exec(text.trim())?.[1];
  return role === undefined
    ? ({ accountType: 'User', name: text.trim() } as const)
    : ({ accountType: 'ApplicationRole', name: role } as const);
}
