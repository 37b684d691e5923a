import { refuse } from '../base/errors.ts';
import type { Principal } from './principal.ts';
import { isRoleId } from './roles.ts';

/** The service itself, as records name it where there was no caller: at start and in background cycles. */
export const STEWARD = { id: 'steward', name: 'steward' } as const;

/** Whoever presents the secret key, which proves no identity: a principal that is stored nowhere. */
export const KEY_HOLDER: Principal = {
  _id: JSON.stringify(['steward', 'secret-key']),
  revision: 0,
  username: 'secret-key',
  kind: 'service',
  state: 'active',
  living: true,
  createdAt: new Date(0),
};

/** The id for somebody who is not stored yet. */
export const idOfUnstored = (issuer: string, subject: string): string => JSON.stringify([issuer, subject]);

/** The individual ids that no stored user may have; {@link isReservedId} also knows the patterns. */
export const RESERVED_IDS: readonly string[] = [STEWARD.id, KEY_HOLDER._id];

/**
 * Whether no user may have this id: the service acts under it ({@link STEWARD}, {@link KEY_HOLDER}), it stands for
 * somebody who is not stored ({@link idOfUnstored}), or it has the form of a role's id.
 */
export const isReservedId = (id: string): boolean => id === STEWARD.id || isRoleId(id) || isJsonList(id);

/** Whether records use this name for the service itself. Only a token may bring one, since its issuer chooses names. */
export const isServiceName = (name: string): boolean => name === STEWARD.name || name === KEY_HOLDER.username;

/** The service itself or the holder of the secret key, by the name or the id that records give it. */
export function serviceNamed(nameOrId: string): Principal | undefined {
  const service: Principal = { ...KEY_HOLDER, _id: STEWARD.id, username: STEWARD.name };
  return [service, KEY_HOLDER].find(({ _id, username }) => [_id, username].includes(nameOrId));
}

/** @throws id_reserved */
export function assertIdNotReserved(id: string): void {
  if (isReservedId(id)) throw refuse('id_reserved', id);
}

function isJsonList(id: string): boolean {
  if (!id.startsWith('[')) return false;
  try {
    return Array.isArray(JSON.parse(id));
  } catch {
    return false;
  }
}
