import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Leave out what has expired, which the file must do with one of these functions. */
const HOLDING = /\b(holds|holdingAt|holdingGrants|rolesWith|readExpires)\(/;

/** How each file that handles stored grants, or members of roles, treats those that have expired. */
const FILES: Readonly<Record<string, 'leaves them out' | string>> = {
  'domain/access/acl.ts': 'leaves them out',
  'domain/access/applyAcl.ts': 'leaves them out',
  'domain/access/decide.ts': 'leaves them out',
  'domain/access/grants.ts': 'leaves them out',
  'domain/access/reach.ts': 'leaves them out',
  'domain/access/wantedAcl.ts': 'leaves them out',
  'domain/ownership/inverse.ts': 'leaves them out',
  'domain/ownership/identityInverses.ts': 'leaves them out, by the function of inverse.ts',
  'domain/ownership/resourceInverses.ts': 'leaves them out, by the function of inverse.ts',
  'domain/ownership/owned.ts': 'leaves them out',
  'domain/systems/gnode/object.ts': 'leaves them out',
  'domain/systems/gnode/remove.ts': 'leaves them out',
  'domain/workspaces/permissions.ts': 'leaves them out',
  'domain/workspaces/share.ts': 'leaves them out',
  'domain/access/changeOwners.ts': 'leaves them out',
  'identity/roleMembers.ts': 'leaves them out',
  'domain/access/may.ts': 'reads them for the decision',
  'domain/workspaces/permit.ts': 'reads them for the decision',
  'domain/access/setAclMass.ts': 'only measures them',
  'domain/ownership/changeOwner.ts': 'only measures them',
  'domain/access/sweepExpired.ts': 'removes them',
  'domain/ownership/traces.ts': 'removes them, like all others of a user',
  'domain/ownership/changeOwnership.ts': 'keeps them as they are, but for closed accounts',
  'domain/ownership/transfer.ts': 'keeps them as they are',
  'domain/workspaces/owner.ts': 'keeps them as they are',
  'domain/workspaces/lock.ts': 'reads none',
  'domain/ownership/concerned.ts': 'reads them in what a record says was changed',
  'domain/ownership/expiring.ts': 'reads those that end later',
  'domain/resources/resource.ts': 'declares them',
  'domain/state/coverage.ts': 'compares them with the records, which have them until they are removed',
  'identity/roles.ts': 'leaves them to the cache of people, which keeps them with their ends',
  'domain/tree/create.ts': 'makes none',
  'domain/workspaces/create.ts': 'makes none',
  'domain/imports/provenanceText.ts': 'means members of a JSON object',
  'domain/imports/workspaceStep.ts': 'makes such as never expire',
  'domain/imports/workspaceTables.ts': 'names them',
  'domain/imports/verify/access.ts': 'compares them with such as never expire',
  'domain/imports/verify/documents.ts': 'does not compare them',
  'domain/systems/catalog/copy.ts': 'makes none',
  'domain/systems/iiif/save.ts': 'makes none',
  'domain/systems/catalog/acl.ts': 'has them from setAcl and getAcl',
  'domain/systems/gnode/acl.ts': 'has them from setAcl and getAcl',
  'domain/systems/gnode/sharing.ts': 'has them from setAcl and getAcl',
  // Members of collections of an IIIF service.
  'domain/systems/iiif/collection.ts': 'means other members',
  'domain/systems/iiif/kinds.ts': 'means other members',
  'domain/systems/iiif/whole.ts': 'means other members',
};

const withoutComments = (text: string) =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\/\/.*/g, '')
    .replaceAll(/^import[\s\S]*?;$/gm, '');

it('every file that handles grants or members says what it does with those that have expired', () => {
  const sources = ['domain', 'identity'].flatMap((room) =>
    readdirSync(join(SRC, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
  );
  const handling = sources
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.replaceAll(sep, '/'), withoutComments(readFileSync(join(SRC, file), 'utf8'))] as const)
    .filter(([, code]) => /\b(grants|members)\b/.test(code));
  expect(handling.map(([file]) => file).toSorted()).toEqual(Object.keys(FILES).toSorted());
  const forgetful = handling.filter(([file, code]) => FILES[file] === 'leaves them out' && !HOLDING.test(code));
  expect(forgetful.map(([file]) => file)).toEqual([]);
});
