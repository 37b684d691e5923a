import type { StewardError } from '../../base/errors.ts';
import type { Administering } from '../../identity/actor.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Limits } from '../../identity/rank.ts';
import type { FieldChange } from '../../store/changes.ts';
import type { Collection, Reader, Stored } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';

/** A call of a command that would have the same effect as a part of a revert, which is therefore allowed by the same rules. */
export interface ImpliedCall {
  readonly command: string;
  /** The key `user` of the command object. */
  readonly user?: string;
  readonly params: unknown;
}

/** A document that a revert changes: as it is, and as it was before the record. Null where there is none. */
export interface Reversal<T extends Stored = Stored> {
  readonly of: Collection<T>;
  readonly id: string;
  readonly present: T | null;
  readonly before: T | null;
  /** What the revert changes of a document that stays. */
  readonly fields: readonly FieldChange[];
}

/** A reversal of a document that exists before and after. */
export interface Update<T extends Stored> extends Reversal<T> {
  readonly present: T;
  readonly before: T;
}

/** What a revert is carried out with. */
export interface Reverting {
  readonly tx: Transaction;
  readonly by: Administering;
  /** Throws if the actor may not give these admin rights to this principal. */
  readonly mayGive: (receiver: Principal, limits: Limits) => Promise<void>;
  /** Throws if the actor may not change the members of this role. */
  readonly mayChangeRole: (name: string) => Promise<void>;
  readonly authority: Authority;
  /** The ids of the documents that the same revert removes, and of those that it makes again. */
  readonly removes: ReadonlySet<string>;
  readonly makes: ReadonlySet<string>;
  /** The refusal of the revert, for a reason that only it has. */
  readonly cannot: (why: string) => StewardError;
}

/** Says why something is not reverted, as the end of the sentence "It cannot be reverted: …". */
export interface Never {
  readonly never: string;
}

/** Left as it is, whatever the record changed in it. */
export const KEPT = 'kept';

/** The calls that would bring about a change of one field, or of one item of a list. */
export type Calls<T extends Stored> = (
  change: FieldChange & { readonly key?: string; readonly now: Date },
  of: Update<T>,
  reader: Reader,
) => Promise<readonly ImpliedCall[]>;

export type FieldRule<T extends Stored = Stored> = Calls<T> | Never | typeof KEPT;

/** Something else than to write the document as it was. */
type Apply<T extends Stored> = (reverting: Reverting, reversal: Reversal<T>) => Promise<void>;

/** How changes of the documents of one collection are reverted. What it does not name is not reverted. */
export interface InverseRule<T extends Stored = Stored> {
  readonly of: Collection<T>;
  /** For each field, or list of items: the calls that bring about its change. */
  readonly fields: Readonly<Partial<Record<keyof T & string, FieldRule<T>>>>;
  /** The calls that remove a document that the record inserted. */
  readonly inserted: ((present: T, reader: Reader) => Promise<readonly ImpliedCall[]>) | Never | typeof KEPT;
  /** Why a document like this one stays that a record inserted, although others are removed. */
  readonly staying?: (inserted: T) => string | undefined;
  /** The calls that make a document again that the record removed. */
  readonly removed: ((before: T, reader: Reader) => Promise<readonly ImpliedCall[]>) | Never | typeof KEPT;
  /** Why a document like this one is not made again that a record removed, although others are. */
  readonly gone?: (removed: T) => string | undefined;
  /** Why fields that are not named are not reverted. */
  readonly otherwise?: string;
  /** Items of lists that count as absent, such as rights that have ended. */
  readonly counting?: (item: unknown, now: Date) => unknown;
  /** Adapts what would be written, for example because it depends on other changes since then. */
  readonly adapt?: (reversal: Update<T>) => T;
  /** Checks in the transaction, before the change, what the commands would check. */
  readonly check?: (reverting: Reverting, reversal: Reversal<T>) => Promise<void>;
  /** Instead of writing the document. */
  readonly apply?: Apply<T>;
  /** After all changes. */
  readonly settle?: (reverting: Reverting, reversals: readonly Reversal<T>[]) => Promise<void>;
}

/** A rule for documents of any type, as the list of rules holds it. */
export function rule<T extends Stored>(declared: InverseRule<T>): InverseRule {
  return declared as unknown as InverseRule;
}

/** Documents that are never reverted, for one reason. */
export const never = <T extends Stored>(of: Collection<T>, why: string): InverseRule =>
  rule<T>({
    of,
    fields: {} as InverseRule<T>['fields'],
    inserted: { never: why },
    removed: { never: why },
    otherwise: why,
  });

/** Documents that are left as they are, whatever else the record changed, for this reason. */
export const kept = <T extends Stored>(of: Collection<T>, why: string): InverseRule =>
  rule<T>({ of, fields: {} as InverseRule<T>['fields'], inserted: KEPT, removed: KEPT, otherwise: why });

/** Whether the rule leaves every document as it is. */
export const keepsAll = ({ inserted, removed }: InverseRule): boolean => inserted === KEPT && removed === KEPT;
