import type { PartyKind } from './party.ts';
import type { People } from './people.ts';
import { assertKbaseUsername, assertUsername } from './usernames.ts';

/** How the names that a caller gives are read, and in whose words they are refused. */
export interface NameRules<K extends PartyKind = PartyKind> {
  /** Who can be meant. */
  readonly kinds: readonly K[];
  /** Whether a user can have this name. Asked where nobody has it, so that every user there is can be named. */
  readonly assertName?: (name: string) => void;
  /** Asked of all names, and before any is looked up. */
  readonly lettersFirst?: boolean;
  /** What of the text is the name. */
  readonly clean?: (text: string) => string;
  /** A plain text that is somebody's id means that user, whoever has it for a name. */
  readonly bareIds?: true;
  /** A plain number means the holder of that profile. */
  readonly profiles?: true;
  /** A name that nobody has means everybody who had it when they were closed. */
  readonly formerToo?: true;
  /** The names and ids under which the service itself acts. */
  readonly services?: true;
  /** Whoever is unknown is left out. */
  readonly missing?: 'leaveOut';
  /** What is refused where nobody has the name; `user_unknown` when absent. */
  readonly unknown?: 'staff_name_unknown';
  /** What is refused where a user can be given nothing; `recipient_unfit` when absent. */
  readonly unfit?: 'user_unknown';
  /** Only the roster will name them, and a deletion takes them off it: a pending user may vanish all the same. */
  readonly onRoster?: true;
  /** Knows active users by name without asking the database. */
  readonly people?: People;
}

/** Users on Steward's own commands and methods. */
export const USERS: NameRules<'user'> = { kinds: ['user'] };

/** Users as whom something is done there, and who are sought: it must at least be a name. */
export const NAMED_USERS: NameRules<'user'> = { ...USERS, assertName: assertUsername };

/** Users on methods to which a name that nobody has is no error. */
export const ANY_USERS: NameRules<'user'> = { ...USERS, missing: 'leaveOut' };

/** The same where it must at least be a name. */
export const USERS_IF_KNOWN: NameRules<'user'> = { ...NAMED_USERS, missing: 'leaveOut' };

/** Whoever can stand in an audit record: also the service itself and the holder of the secret key. */
export const RECORDED: NameRules<'user'> = { ...USERS, services: true };

/** Users and roles, on Steward's own commands and methods. */
export const ACCOUNTS: NameRules = { ...USERS, kinds: ['user', 'role'] };

/** Who is to own something: in Oracle Analytics the owner is a user's id, and in its examples the name to sign in with. */
export const OWNERS: NameRules = { ...ACCOUNTS, bareIds: true };

/** Roles where nothing else can be meant: `role:` before the name may be left out. */
export const ROLES: NameRules<'role'> = { kinds: ['role'] };

const KBASE = { assertName: assertKbaseUsername, lettersFirst: true, unfit: 'user_unknown' } as const;

/** Users on KBase's own commands and methods, which know no user that is no valid one. */
export const KBASE_USERS: NameRules<'user'> = { ...KBASE, kinds: ['user'] };

/** Who becomes an administrator. */
export const KBASE_ADMINS: NameRules<'user'> = { ...KBASE_USERS, onRoster: true };

/** Users and roles on KBase's own commands and methods. */
export const KBASE_ACCOUNTS: NameRules = { ...KBASE, kinds: ['user', 'role'] };

/** Names lose their spaces, wherever they come in. */
export const withoutSpaces = (text: string): string => text.replaceAll(' ', '');

/** Users in the words of the University of Toronto's IIIF API. */
export const IIIF_USERS: NameRules<'user'> = { kinds: ['user'], clean: withoutSpaces, unknown: 'staff_name_unknown' };

/** The same where former staff are meant too: a name that nobody has means everybody who had it when they were closed. */
export const IIIF_ONCE: NameRules<'user'> = { ...IIIF_USERS, formerToo: true };

/** Users as G-Node's clients name them: by id, by the number of their profile, or by name. */
export const GNODE_USERS: NameRules<'user'> = { kinds: ['user'], missing: 'leaveOut', bareIds: true, profiles: true };
