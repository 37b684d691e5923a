import { readFileSync } from 'node:fs';
import type { DeployConfig } from '../schemas/generated.ts';

/** The service's settings, by their names in deploy.cfg. Frozen. */
export type Config = Readonly<DeployConfig>;
export type Key = keyof DeployConfig;

interface KeySchema {
  readonly type: 'string' | 'integer' | 'boolean' | 'array';
  readonly description: string;
  readonly default?: string | number | boolean | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly 'x-class'?: 'secret';
}

/** schemas/config.json: the keys with their types, ranges, defaults and descriptions. */
export const configSchema: { readonly properties: Readonly<Record<Key, KeySchema>> } = JSON.parse(
  readFileSync(new URL('../../../schemas/config.json', import.meta.url), 'utf8'),
);

export const KEYS = Object.keys(configSchema.properties) as readonly Key[];
const known: ReadonlySet<string> = new Set(KEYS);
export const isKey = (name: string): name is Key => known.has(name);

/** Whether a key takes a list, with commas. An empty value is the empty list; any other key is not set then. */
export const isList = (key: Key): boolean => configSchema.properties[key].type === 'array';

/** Whether a value is never shown. From the environment it is read with its white space. */
export const isSecret = (key: Key): boolean => configSchema.properties[key]['x-class'] === 'secret';

/** KBase accepts both spellings of this key; true in either is true. */
export const OTHER_SPELLING: ReadonlyMap<string, Key> = new Map([
  ['dont_trust_x_ip_headers', 'dont-trust-x-ip-headers'],
]);

/** Variables of Image Artist's deployment. */
export const OTHER_VARIABLE_OF: ReadonlyMap<string, Key> = new Map([
  ['CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS', 'change-ownership-of-changed-user-ids'],
]);

/** `ws-admin` is also read from STEWARD_WS_ADMIN. */
export const variableOf = (key: Key): string => `STEWARD_${key.toUpperCase().replaceAll('-', '_')}`;

/** STEWARD_ variables that are not keys, which the command line and the tests read. */
export const OTHER_VARIABLES: readonly string[] = [
  'STEWARD_CONFIG',
  'STEWARD_SERVER',
  'STEWARD_TOKEN',
  'STEWARD_TEST_LONG',
];

/**
 * Whether Kubernetes or Docker sets this variable in every container of a network with a service named `steward`
 * (STEWARD_SERVICE_HOST, STEWARD_PORT=tcp://…). Operators cannot prevent them, and they are ignored.
 */
export function isServiceLink(variable: string, value: string): boolean {
  return (
    /^STEWARD_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/.test(variable) ||
    (variable === 'STEWARD_PORT' && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

const UNUSED_NAMES: ReadonlySet<string> = new Set([
  'mongodb-type-database',
  'mongodb-retry',
  'auth-service-url',
  'auth-service-url-allow-insecure',
  'auth-server-url',
  'globus-url',
  'ignore-handle-service',
  'kbase-admin-token',
  'server-threads',
  'min-memory',
  'max-memory',
  'temp-dir',
  'basedir',
  'service-port',
  'listeners',
]);
const UNUSED_FAMILIES = [
  'backend-',
  'bytestream-',
  'doc-server-',
  'handle-manager-',
  'handle-service-',
  'listener-',
  'mssql-',
  'sample-service-',
  'shock-',
];

export function isUnusedKbaseKey(name: string): boolean {
  return UNUSED_NAMES.has(name) || UNUSED_FAMILIES.some((family) => name.startsWith(family));
}
