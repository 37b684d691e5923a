import { refuse, StewardError } from '../../base/errors.ts';
import { type Party, partyById } from '../../identity/party.ts';
import { type Principal, principals } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';

/** @throws user_unknown */
export async function loadPrincipal(reader: Reader, id: string): Promise<Principal> {
  const found = await reader.get(principals, id);
  if (found === null) throw refuse('user_unknown', id);
  return found;
}

/** The name by which a command would name a user or a role; the id of one that was erased. */
export async function nameOf(reader: Reader, id: string): Promise<string> {
  return (await partyIfAny(reader, id))?.wire ?? `id:${id}`;
}

export async function namesOf(reader: Reader, ids: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  for (const id of ids) names.push(await nameOf(reader, id));
  return names;
}

/** A user or a role, as the commands for resources name them. */
export async function accountOf(reader: Reader, id: string): Promise<{ accountType: string; account: string }> {
  const party = await partyIfAny(reader, id);
  if (party?.kind === 'role') return { accountType: 'ApplicationRole', account: party.wire.replace(/^role:/, '') };
  return { accountType: 'User', account: party?.wire ?? `id:${id}` };
}

async function partyIfAny(reader: Reader, id: string): Promise<Party | undefined> {
  try {
    return await partyById(reader, id);
  } catch (error) {
    if (error instanceof StewardError) return undefined;
    throw error;
  }
}
