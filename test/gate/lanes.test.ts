import { describe, expect, it } from 'vitest';
import { laneOf } from '../../src/gate/lanes.ts';
import { allCommands, allMethods } from '../../src/operations/index.ts';

/** The lane of a call of a command or method. */
function laneOfCall(name: string, params: unknown) {
  const declared = [...allCommands, ...allMethods].find((one) => one.name === name);
  if (declared?.effect !== 'write') throw new Error(`${name} is no write`);
  return laneOf(declared, params, params).lane;
}

const folder = { type: 'folders', id: '/@Catalog/shared' };

describe('a write that names a document', () => {
  it.each([
    ['Workspace.alter_workspace_metadata', { wsi: { id: 1 }, new: {} }],
    ['setPermissions', { id: 1, new_permission: 'r', users: ['ann'] }],
    ['updateCatalogAcl', { ...folder, aclList: [] }],
  ])('waits for earlier ones that change the same document: %s', (name, params) => {
    expect(laneOfCall(name, params)).toMatch(/^document /);
    expect(laneOfCall(name, params)).toBe(laneOfCall(name, structuredClone(params)));
  });

  it.each([
    ['Workspace.clone_workspace', { wsi: { id: 1 }, workspace: 'eve:copy' }],
    ['Catalog.copy_item', { ...folder, newItemName: 'copy' }],
    ['copyCatalogItem', { ...folder, newItemName: 'copy' }],
  ])('only to copy it does not hold up changes: %s', (name, params) => {
    expect(laneOfCall(name, params)).toBeUndefined();
  });
});
