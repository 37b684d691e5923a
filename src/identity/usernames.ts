import { refuse } from '../base/errors.ts';

const MAX_LENGTH = 100;

/** Steward's rule: 1–100 characters of `[A-Za-z0-9_.@-]`. @throws username_invalid */
export function assertUsername(name: string): void {
  assertLength(name);
  const bad = /[^A-Za-z0-9_.@-]/u.exec(name)?.[0];
  if (bad !== undefined) throw refuse('username_invalid', `Illegal character in user name ${name}: ${bad}`);
}

/**
 * KBase's rule, for KBase's own commands: at most 100 characters, `[a-z][a-z0-9_]*`. Checks and messages are those of
 * the KBase Workspace Service 0.15 and its auth service, in their order.
 *
 * @throws user_null, username_invalid
 */
export function assertKbaseUsername(name: string | null | undefined): asserts name is string {
  if (name === null || name === undefined) throw refuse('user_null');
  assertLength(name);
  const illegal = /[^A-Za-z0-9_-]/u.exec(name)?.[0];
  if (illegal !== undefined) throw refuse('username_invalid', `Illegal character in user name ${name}: ${illegal}`);
  const invalid = /[^a-z0-9_]/.exec(name)?.[0];
  if (invalid !== undefined) throw refuse('username_invalid', `username ${name} has invalid character: ${invalid}`);
  if (!/^[a-z]/.test(name)) {
    const why = '30010 Illegal user name: Username must start with a letter';
    throw refuse(
      'username_invalid',
      `Auth service returned an error: 30010 Illegal user name: Illegal user name [${name}]: ${why}`,
    );
  }
}

/** Whether {@link assertKbaseUsername} accepts the name. */
export function isKbaseUsername(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name) && name.length <= MAX_LENGTH;
}

/** @throws user_null */
export function required(user: string | null | undefined): string {
  if (user === null || user === undefined) throw refuse('user_null');
  return user;
}

function assertLength(name: string): void {
  if (name === '') throw refuse('username_invalid', 'Username cannot be null or the empty string');
  if ([...name].length > MAX_LENGTH) {
    throw refuse('username_invalid', `Username exceeds the maximum length of ${MAX_LENGTH}`);
  }
}
