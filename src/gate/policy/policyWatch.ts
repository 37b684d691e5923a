import { readFile } from 'node:fs/promises';
import type { Journal } from '../../audit/journal.ts';
import { effectOf } from '../../audit/record.ts';
import { OperatorError } from '../../base/errors.ts';
import type { BoundNames } from '../../identity/boundNames.ts';
import type { People } from '../../identity/people.ts';
import { principals } from '../../identity/principal.ts';
import type { AdminRules } from '../../identity/roster.ts';
import { isLasting, ROSTER_ID, rosters } from '../../identity/roster.ts';
import { STEWARD } from '../../identity/serviceNames.ts';
import { collection, type Stored } from '../../store/collection.ts';
import type { Database } from '../../store/database.ts';
import { transact } from '../../store/transact.ts';
import type { KnownAdmins } from './check.ts';
import { configuredActors, SOME_ADMIN } from './configuredActors.ts';
import { actorsOf } from './facts.ts';
import type { CommandNames } from './groups.ts';
import type { PolicyActor } from './policy.ts';
import { parsePolicy } from './policyFile.ts';
import type { PolicyHolder } from './policyHolder.ts';
import { PolicyError } from './problems.ts';
import type { Rules } from './rules.ts';

/** Where the text of a policy comes from. */
export interface PolicySource {
  /** For messages. */
  readonly file: string;
  read(): Promise<string>;
}

export const policyFileAt = (file: string): PolicySource => ({ file, read: () => readFile(file, 'utf8') });

/** The digest of the policy that an instance loaded last: for comparison only, since each enforces its own file. */
interface LoadedPolicy extends Stored {
  readonly digest: string;
  readonly at: Date;
}

export const loadedPolicies = collection<LoadedPolicy>('loadedPolicy', {});
const LOADED = 'policy';

export interface PolicyWatchParts {
  readonly source: PolicySource;
  readonly holder: PolicyHolder;
  readonly names: CommandNames;
  readonly database: Database;
  readonly journal: Journal;
  readonly people: People;
  readonly boundNames: BoundNames;
  readonly rules: AdminRules;
  readonly now: () => Date;
  readonly warn: (sentence: string) => void;
}

/** Why the policy in force is not the one that it should be. */
export type PolicyTrouble = 'refused' | 'differs';

/** Loads the policy file, and loads it again whenever it changes. A file that cannot be used leaves the old policy. */
export class PolicyWatch {
  readonly #parts: PolicyWatchParts;
  /** The text that was read last, whether or not it could be used. */
  #read: string | undefined;
  #refused: string | undefined;
  #differs: string | undefined;
  /** The check under way, which never rejects, and the one after it. */
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(parts: PolicyWatchParts) {
    this.#parts = parts;
  }

  /** The first load. @throws PolicyError, OperatorError if the file cannot be read */
  async load(): Promise<void> {
    const { source } = this.#parts;
    const text = await source.read().catch((error: unknown) => {
      throw new OperatorError(`policy-file: ${source.file} cannot be read: ${reasonOf(error)}`);
    });
    this.#read = text;
    await this.#enforce(await this.#parsed(text));
  }

  /**
   * Reads the file again, and compares it with what other instances loaded. Of checks that are asked for while one runs,
   * one follows, so that each reads the file after it was asked for.
   */
  check(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const running = this.#check();
      this.#running = running.catch(() => undefined);
      return running;
    });
    return this.#next;
  }

  get trouble(): PolicyTrouble | undefined {
    if (this.#refused !== undefined) return 'refused';
    return this.#differs === undefined ? undefined : 'differs';
  }

  async #check(): Promise<void> {
    const { source, holder, warn } = this.#parts;
    try {
      const text = await source.read();
      if (text !== this.#read) {
        this.#read = text;
        await this.#enforce(await this.#parsed(text));
        this.#refused = undefined;
        warn(`the policy file was loaded again: ${source.file}, digest ${short(holder.current.digest)}`);
      }
    } catch (error) {
      const why = reasonOf(error);
      if (why !== this.#refused) {
        warn(`the policy file cannot be used, and the policy loaded before stays in force: ${why}`);
      }
      this.#refused = why;
      // The file or the database may only have been out of reach.
      if (!(error instanceof PolicyError)) this.#read = undefined;
    }
    await this.#compare();
  }

  async #compare(): Promise<void> {
    const { database, holder, warn } = this.#parts;
    const loaded = await database.get(loadedPolicies, LOADED);
    const other = loaded === null || loaded.digest === holder.current.digest ? undefined : loaded.digest;
    if (other !== undefined && other !== this.#differs) {
      const own = short(holder.current.digest);
      warn(
        `another instance loaded the policy ${short(other)} last, and this one enforces ${own}: give both the same file`,
      );
    }
    this.#differs = other;
  }

  async #parsed(text: string): Promise<Rules> {
    const { source, names, rules, now } = this.#parts;
    const admins = await this.#admins();
    return parsePolicy(text, { file: source.file, names, configured: rules.configured, admins, now: now() });
  }

  /** Those who could mend the administration: the configured administrators, and the lasting ones of the roster. */
  async #admins(): Promise<KnownAdmins> {
    const { database, boundNames, people, rules, now } = this.#parts;
    if (rules.tokenRoles !== undefined) return { admins: [SOME_ADMIN], complete: false };
    const configured = rules.configured.length === 0 ? [] : configuredActors(rules.configured);
    const roster = await database.get(rosters, ROSTER_ID);
    if (roster === null) return { admins: configured, complete: true };
    const ids = roster.admins.filter(isLasting).map(({ principal }) => principal);
    const active = await database.find(principals, { _id: { $in: ids }, state: 'active' });
    const rolesOf = async (id: string) => (await people.rolesAndFriends(id, now())).roles;
    const sources = { people, boundNames, rules, roster, now: now(), rolesOf };
    const needs = { names: new Set<string>(), roles: true, tokenRoles: false };
    const listed = await Promise.all(
      active.map(async (principal): Promise<PolicyActor> => {
        const rights = { rank: SOME_ADMIN.rank, tokenRoles: [] };
        const [actor = SOME_ADMIN] = await actorsOf(needs, { principal }, { ...sources, ...rights });
        return { ...actor, names: [principal.username] };
      }),
    );
    return { admins: [...configured, ...listed], complete: true };
  }

  /** Replaces the policy once its names are bound and the database knows its digest. */
  async #enforce(policy: Rules): Promise<void> {
    const { holder, boundNames, database, journal, now, warn } = this.#parts;
    for (const sentence of await boundNames.bindAll(policy.needs.names)) warn(sentence);
    await transact(database, { now }, async (tx) => {
      const present = await tx.get(loadedPolicies, LOADED);
      if (present?.digest === policy.digest) return;
      const loaded = { _id: LOADED, digest: policy.digest, at: tx.now };
      if (present === null) await tx.insert(loadedPolicies, loaded);
      else await tx.update(loadedPolicies, present, { ...present, ...loaded });
      await journal.appendIn(tx, {
        at: tx.now,
        via: 'job',
        command: 'loadPolicy',
        outcome: 'success',
        actor: STEWARD,
        authority: 'service',
        policy: policy.digest,
        ...effectOf(tx),
        requestId: 'policy',
        address: '-',
      });
    });
    holder.replace(policy);
  }
}

const short = (digest: string | undefined): string => digest?.slice(0, 12) ?? 'none';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
