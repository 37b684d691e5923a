import { handle, type SchemaHandle } from '../../src/schemas/handle.ts';

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
