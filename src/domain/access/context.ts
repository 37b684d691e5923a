import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';

/** Where a read reads, and under which authority. */
export interface ReadAccess {
  readonly reader: Reader;
  readonly authority: Authority;
}

/** A read that shows names of users. */
export interface ReadContext extends ReadAccess {
  readonly people: People;
}

/** The transaction of a write, and under which authority it is done. */
export interface WriteAccess<A extends Authority = Authority> {
  readonly tx: Transaction;
  readonly authority: A;
}

/** A write that shows names of users. */
export interface WriteContext<A extends Authority = Authority> extends WriteAccess<A> {
  readonly people: People;
}
