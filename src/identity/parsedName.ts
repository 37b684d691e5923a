import type { NameRules } from './nameRules.ts';
import type { PartyKind } from './party.ts';
import { isRoleId, roleNameIn } from './roles.ts';

/** A name that a caller wrote, parsed. */
export type ParsedName =
  | { readonly kind: PartyKind; readonly form: 'name'; readonly name: string }
  | { readonly kind: PartyKind; readonly form: 'id'; readonly id: string }
  /** A closed account or a deleted role: `<name>~<short id>`. */
  | { readonly kind: PartyKind; readonly form: 'former'; readonly name: string; readonly short: string };

const ID = /^id:(.+)$/s;
const FORMER = /^(.+)~([0-9a-f]{8})$/s;

/** Parses a name of a user or role; `kinds` says which of them are possible. */
export function parseName(text: string, kinds: NameRules['kinds']): ParsedName {
  const role = roleNameIn(text);
  if (kinds.includes('role') && role !== undefined) return ofKind('role', role);
  const id = ID.exec(text)?.[1];
  if (id !== undefined && isRoleId(id) && kinds.includes('role')) return { kind: 'role', form: 'id', id };
  return ofKind(kinds.includes('user') ? 'user' : 'role', text);
}

function ofKind(kind: PartyKind, text: string): ParsedName {
  const id = ID.exec(text)?.[1];
  if (id !== undefined) return { kind, form: 'id', id };
  const [, name, short] = FORMER.exec(text) ?? [];
  if (name !== undefined && short !== undefined) return { kind, form: 'former', name, short };
  return { kind, form: 'name', name: text };
}
