import { hash } from 'node:crypto';
import { collection, type Reader, type Stored } from '../store/collection.ts';

export type PrincipalKind = 'person' | 'staff' | 'service';

/**
 * `pending`: added by name, not yet claimed by a token. `former`: closed for ever; what they owned stays theirs, and
 * a later user with their name is somebody else.
 */
export type PrincipalState = 'pending' | 'active' | 'disabled' | 'former';

/** A user. Rights and ownership bind to `_id`, never to the name. */
export interface Principal extends Stored {
  readonly username: string;
  readonly kind: PrincipalKind;
  readonly state: PrincipalState;
  /** False for former users only. Names and token identities are unique among the living. */
  readonly living: boolean;
  readonly email?: string;
  /** Who issues the user's tokens, and the `sub` in them. Absent until a pending user is claimed. */
  readonly issuer?: string;
  readonly subject?: string;
  /** The name in the newest token seen, and when that token was issued, so that an older token does not rename. */
  readonly tokenName?: string;
  readonly tokenNameAt?: Date;
  /** Set once something names a pending user: deleting them then keeps them as a former user. */
  readonly named?: boolean;
  readonly createdAt: Date;
  readonly closedAt?: Date;
  /** When the account was disabled last, if it ever was: credentials from before are worth nothing afterwards, too. */
  readonly disabledAt?: Date;
}

/** The issuer of local accounts: those with a password here and no other source of tokens. */
export const ACCOUNTS_ISSUER = 'steward-accounts';

/**
 * Whether the account can never be an administrator by `ws-admin`: staff, regardless of the issuer of their tokens, or a
 * local account, which no token source knows.
 */
export function isLocalAccount({ kind, issuer }: Pick<Principal, 'kind' | 'issuer'>): boolean {
  return kind === 'staff' || issuer === ACCOUNTS_ISSUER;
}

const livingOnly = { living: true };

export const principals = collection<Principal>('principals', {
  sensitive: ['email'],
  internal: ['named', 'tokenName', 'tokenNameAt', 'disabledAt'],
  indexes: [
    { key: { username: 1 }, name: 'living_username', unique: true, partialFilterExpression: livingOnly },
    {
      key: { issuer: 1, subject: 1 },
      name: 'living_identity',
      unique: true,
      partialFilterExpression: { living: true, subject: { $exists: true } },
    },
    { key: { username: 1, _id: 1 }, name: 'username' },
    { key: { subject: 1 }, name: 'subject' },
    {
      key: { issuer: 1, email: 1 },
      name: 'account_email',
      unique: true,
      partialFilterExpression: { living: true, kind: 'staff', issuer: ACCOUNTS_ISSUER, email: { $exists: true } },
    },
    { key: { createdAt: 1, _id: 1 }, name: 'staff', partialFilterExpression: { living: true, kind: 'staff' } },
  ],
});

/** Distinguishes principals with the same name: eight hexadecimal digits of a hash of the id. */
export function shortId(id: string): string {
  return hash('sha256', id, 'hex').slice(0, 8);
}

/** The name on the wire: `name`, or `name~<short id>` for a former user. */
export function wireName(principal: Pick<Principal, '_id' | 'username' | 'living'>): string {
  return principal.living ? principal.username : `${principal.username}~${shortId(principal._id)}`;
}

/** A principal as records and stamps name them, with their current name. */
export function idAndName(principal: Pick<Principal, '_id' | 'username' | 'living'>): { id: string; name: string } {
  return { id: principal._id, name: wireName(principal) };
}

export async function livingByName(reader: Reader, username: string): Promise<Principal | undefined> {
  const [found] = await reader.find(principals, { username: { $eq: username }, living: true }, { limit: 1 });
  return found;
}

/** The living principals of these names, in no particular order. */
export function livingByNames(reader: Reader, usernames: readonly string[]): Promise<Principal[]> {
  return reader.find(principals, { username: { $in: [...usernames] }, living: true });
}

/** The principals of these names: for each the living one, or else one who had it before. */
export async function holdersByNames(
  reader: Reader,
  usernames: readonly string[],
): Promise<ReadonlyMap<string, Principal>> {
  const found = await reader.find(principals, { username: { $in: [...usernames] } });
  const inOrder = [...found.filter(({ living }) => !living), ...found.filter(({ living }) => living)];
  return new Map(inOrder.map((principal) => [principal.username, principal]));
}

/** The ids of the principals, living or not, who have one of these ids or names. */
export async function idsAmong(reader: Reader, texts: readonly string[]): Promise<string[]> {
  const either = { $or: [{ _id: { $in: [...texts] } }, { username: { $in: [...texts] } }] };
  return (await reader.parts(principals, either, { fields: [] })).map(({ _id }) => _id);
}
