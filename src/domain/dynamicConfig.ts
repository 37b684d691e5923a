import { refuse } from '../base/errors.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** Settings that administrators can change while the service runs. They are read for every use. */
export interface DynamicConfig {
  /** How many files of object data one call reads at a time. */
  readonly 'backend-file-retrieval-scaling': number;
}

export interface StoredConfig extends Stored, DynamicConfig {}

export const dynamicConfigs = collection<StoredConfig>('dynamicConfig');

/** The id of the one document. */
export const DYNAMIC_CONFIG_ID = 'config';
const DEFAULTS: DynamicConfig = { 'backend-file-retrieval-scaling': 1 };
const MAX_INT32 = 2 ** 31 - 1;

export async function dynamicConfig(reader: Reader): Promise<DynamicConfig> {
  const { 'backend-file-retrieval-scaling': scaling } =
    (await reader.get(dynamicConfigs, DYNAMIC_CONFIG_ID)) ?? DEFAULTS;
  return { 'backend-file-retrieval-scaling': scaling };
}

/**
 * Sets all of the keys or none. The texts are those of the KBase Workspace Service 0.15.
 *
 * @throws invalid_params
 */
export async function setDynamicConfig(
  tx: Transaction,
  set: Readonly<Record<string, unknown>> | null | undefined,
): Promise<void> {
  if (set === null || set === undefined) throw refuse('invalid_params', 'configItems');
  const [unknown] = Object.keys(set)
    .filter((key) => !Object.hasOwn(DEFAULTS, key))
    .sort();
  if (unknown !== undefined) throw refuse('invalid_params', `Unexpected key in configuration map: ${unknown}`);
  for (const [key, value] of Object.entries(set)) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MAX_INT32) {
      throw refuse('invalid_params', `${key} must be an integer > 0`);
    }
  }
  const present = await tx.get(dynamicConfigs, DYNAMIC_CONFIG_ID);
  if (present !== null) await tx.update(dynamicConfigs, present, { ...present, ...set });
  else if (Object.keys(set).length > 0)
    await tx.insert(dynamicConfigs, { _id: DYNAMIC_CONFIG_ID, ...DEFAULTS, ...set });
}
