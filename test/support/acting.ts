import { handle, type SchemaHandle } from '../../src/base/schemas/handle.ts';
import type { Authority } from '../../src/identity/authority.ts';
import { isUser } from '../../src/identity/genuineAuthority.ts';
import type { Command } from '../../src/operations/operation.ts';

const nothing: SchemaHandle<object> = handle('getConfig.json#/properties/params');
const anything: SchemaHandle<unknown> = handle('addAdmin.json#/properties/result');

/** What commands of the tests have alike that do nothing but say as whom they run. */
export const acting = {
  summary: 'Says as whom it runs.',
  order: 'userFirst',
  takes: 'ignored',
  params: nothing,
  result: anything,
  examples: [],
} as const;

/** A command as the gate sees it. */
export const command = (declared: Command): Command => declared;

/** Whose rights an authority is. */
export const nameIn = (authority: Authority): string =>
  isUser(authority) ? authority.principal.username : 'all rights';
