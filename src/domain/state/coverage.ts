import { boundNames } from '../../identity/boundNames.ts';
import { friendships } from '../../identity/friends.ts';
import { principals } from '../../identity/principal.ts';
import { roles } from '../../identity/roles.ts';
import { rosters } from '../../identity/roster.ts';
import type { AnyCollection, Collection, Stored } from '../../store/collection.ts';
import { dynamicConfigs } from '../dynamicConfig.ts';
import { modules } from '../modules/module.ts';
import { collectionOf } from '../resources/collections.ts';
import { resources, workspaces } from '../resources/resource.ts';

/** The fields of a collection that the records are held against. */
export interface Covered {
  readonly of: AnyCollection;
  readonly fields: readonly string[];
}

const covered = <T extends Stored>(of: Collection<T>, ...fields: readonly (keyof T & string)[]): Covered => ({
  of: of as unknown as AnyCollection,
  fields,
});

const RIGHTS = ['type', 'name', 'owners', 'grants', 'visibility'] as const;

/**
 * Who owns what, who may do what, and who is who. No migration step has ever changed one of these fields, so the records say
 * what they are. Add a field only if that is so, or replay the step too.
 */
export const COVERED: readonly Covered[] = [
  covered(workspaces, ...RIGHTS, 'number', 'deleted', 'locked'),
  covered(resources, ...RIGHTS, 'parents'),
  covered(rosters, 'admins', 'bindings'),
  covered(roles, 'name', 'living', 'members'),
  covered(friendships, 'pair', 'agreed'),
  covered(principals, 'username', 'kind', 'state', 'living', 'issuer', 'subject'),
  covered(modules, 'owners'),
  covered(boundNames, 'principal'),
  covered(dynamicConfigs, 'backend-file-retrieval-scaling'),
];

const byName = new Map(COVERED.map((one) => [one.of.name, one]));

/** What is covered of a document that a record lists under this collection, which may be an earlier name. */
export function coveredIn(collection: string, id: string): Covered | undefined {
  return byName.get(collection === resources.name ? collectionOf(id).name : collection);
}

/** Why the other collections are not held against the records. */
export const NOT_COVERED: Readonly<Record<string, string>> = {
  ...sameReason('they are the records, and what proves them', [
    ...['audit', 'auditSegments', 'auditHead', 'auditSnapshots', 'auditSnapshotParts', 'auditWitnesses'],
  ]),
  ...sameReason('records have no secrets', ['passwords', 'passkeys', 'totp', 'auditKey', 'loginKey']),
  ...sameReason('they end by themselves', [
    'sessions',
    'tickets',
    'usedTokens',
    'attempts',
    'seenOwners',
    'idempotency',
  ]),
  ...sameReason('they give no rights', [
    ...['objects', 'versions', 'contents', 'files.files', 'files.chunks', 'heads'],
    ...['moduleRequests', 'moduleVersions', 'types', 'functions', 'approvalRequests', 'loadedPolicy', 'outbox'],
    ...['jobs', 'jobParts', 'jobOutcomes', 'imports'],
  ]),
  ...sameReason('they are not recorded', ['counters', 'leases', 'meta', 'instances', 'sessionUses']),
};

function sameReason(why: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]));
}
