import { readFileSync } from 'node:fs';
import type { DeployConfig } from '../schemas/generated.ts';

/** The service's settings, under the names they have in deploy.cfg. Frozen. */
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
  readonly 'x-secret'?: boolean;
}

/** schemas/config.json: the one source of keys, types, ranges, defaults and descriptions. */
export const configSchema: { readonly properties: Readonly<Record<Key, KeySchema>> } = JSON.parse(
  readFileSync(new URL('../../../schemas/config.json', import.meta.url), 'utf8'),
);

export const KEYS = Object.keys(configSchema.properties) as readonly Key[];
const known: ReadonlySet<string> = new Set(KEYS);
export const isKey = (name: string): name is Key => known.has(name);

/** True for a key that takes a list, written with commas. Empty, it is the empty list; any other key is then not set. */
export const isList = (key: Key): boolean => configSchema.properties[key].type === 'array';

/** True for a key whose value is never shown, and taken from the environment as it is, white space and all. */
export const isSecret = (key: Key): boolean => configSchema.properties[key]['x-secret'] === true;

/** KBase takes this key with either spelling, and true in one of them is true. */
export const OTHER_SPELLING: ReadonlyMap<string, Key> = new Map([
  ['dont_trust_x_ip_headers', 'dont-trust-x-ip-headers'],
]);

/** What Image Artist's deployment says in its environment is taken as it stands there. */
export const OTHER_VARIABLE_OF: ReadonlyMap<string, Key> = new Map([
  ['CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS', 'change-ownership-of-changed-user-ids'],
]);

/** `ws-admin` is also read from STEWARD_WS_ADMIN. */
export const variableOf = (key: Key): string => `STEWARD_${key.toUpperCase().replaceAll('-', '_')}`;

/** STEWARD_ variables that are no keys: the command line and the tests read them. */
export const OTHER_VARIABLES: readonly string[] = [
  'STEWARD_CONFIG',
  'STEWARD_SERVER',
  'STEWARD_TOKEN',
  'STEWARD_TEST_LONG',
];

/**
 * True for what Kubernetes and Docker put into every container of a network with a service named `steward`
 * (STEWARD_SERVICE_HOST, STEWARD_PORT=tcp://…). An operator cannot help these, and they mean nothing here.
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

/** True for a key of the KBase Workspace Service, of any version, that has no use here. */
export function isUnusedKbaseKey(name: string): boolean {
  return UNUSED_NAMES.has(name) || UNUSED_FAMILIES.some((family) => name.startsWith(family));
}
