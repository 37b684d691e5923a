import type { PartyKind } from './party.ts';
import type { People } from './people.ts';
import { assertKbaseUsername, assertUsername } from './usernames.ts';

/** How names in a call are resolved, and with which errors they are refused. */
export interface NameRules<K extends PartyKind = PartyKind> {
  /** What the names can mean. */
  readonly kinds: readonly K[];
  /**
   * Throws if no user can have this name. Applied only to unknown names, so that every existing user can be named.
   */
  readonly assertName?: (name: string) => void;
  /** `assertName` is applied to all names, before any is looked up. */
  readonly lettersFirst?: boolean;
  /** Extracts the name from the text. */
  readonly clean?: (text: string) => string;
  /** A text that is the id of a user refers to that user, even if another user has it as a name. */
  readonly bareIds?: true;
  /** A number refers to the user with that profile number. */
  readonly profiles?: true;
  /** A name without a living user refers to all former users who had it. */
  readonly formerToo?: true;
  /** The names and ids of the service itself are taken too. */
  readonly services?: true;
  /** Unknown names are left out instead of refused. */
  readonly missing?: 'leaveOut';
  /** The error for an unknown name; `user_unknown` by default. */
  readonly unknown?: 'staff_name_unknown';
  /** The error for a user who can be given nothing; `recipient_unfit` by default. */
  readonly unfit?: 'user_unknown';
  /**
   * The user is only named on the roster, from which deleting them removes them: a pending user may still be erased.
   */
  readonly onRoster?: true;
  /** A cache of active users by name. */
  readonly people?: People;
}

/** Users on Steward's own commands and methods. */
export const USERS: NameRules<'user'> = { kinds: ['user'] };

/** The same where the name must be valid even if nobody has it: of users to act as, or to search for. */
export const NAMED_USERS: NameRules<'user'> = { ...USERS, assertName: assertUsername };

/** The same where unknown names are no error. */
export const ANY_USERS: NameRules<'user'> = { ...USERS, missing: 'leaveOut' };

/** The same where unknown names are no error, but invalid ones are. */
export const USERS_IF_KNOWN: NameRules<'user'> = { ...NAMED_USERS, missing: 'leaveOut' };

/** Whoever can appear in an audit record: also the service itself and the holder of the secret key. */
export const RECORDED: NameRules<'user'> = { ...USERS, services: true };

/** Users and roles, on Steward's own commands and methods. */
export const ACCOUNTS: NameRules = { ...USERS, kinds: ['user', 'role'] };

/** New owners: Oracle Analytics documents the owner as a user's id, and uses the sign-in name in its examples. */
export const OWNERS: NameRules = { ...ACCOUNTS, bareIds: true };

/** Roles where nothing else is possible: the prefix `role:` may be left out. */
export const ROLES: NameRules<'role'> = { kinds: ['role'] };

const KBASE = { assertName: assertKbaseUsername, lettersFirst: true, unfit: 'user_unknown' } as const;

/** Users on KBase's own commands and methods, which answer `user_unknown` also for users who can be given nothing. */
export const KBASE_USERS: NameRules<'user'> = { ...KBASE, kinds: ['user'] };

/** New administrators. */
export const KBASE_ADMINS: NameRules<'user'> = { ...KBASE_USERS, onRoster: true };

/** Users and roles on KBase's own commands and methods. */
export const KBASE_ACCOUNTS: NameRules = { ...KBASE, kinds: ['user', 'role'] };

/** The IIIF API removes the spaces from names. */
export const withoutSpaces = (text: string): string => text.replaceAll(' ', '');

/** Users on the University of Toronto's IIIF API. */
export const IIIF_USERS: NameRules<'user'> = { kinds: ['user'], clean: withoutSpaces, unknown: 'staff_name_unknown' };

/** The same, former users included. */
export const IIIF_ONCE: NameRules<'user'> = { ...IIIF_USERS, formerToo: true };

/** Users as G-Node's clients name them: by id, by the number of their profile, or by name. */
export const GNODE_USERS: NameRules<'user'> = { kinds: ['user'], missing: 'leaveOut', bareIds: true, profiles: true };
