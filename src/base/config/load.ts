import { coversAllAddresses } from '../addresses.ts';
import type { DeployConfig } from '../schemas/generated.ts';
import { plainHostOf } from '../urls.ts';
import { exposureOf } from './exposure.ts';
import { type Config, isList, type Key } from './keys.ts';
import { hasCredentials } from './mongodbHost.ts';
import { ConfigError, type ConfigProblem, type Origin, problemAt, sentence } from './problems.ts';
import { originOf, readSecrets, type Secrets } from './secrets.ts';
import { readSources } from './sources.ts';
import { type GivenValues, readValues } from './values.ts';

export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Sentences for the log, without secrets. */
  readonly warnings: readonly string[];
  /** The file, as it was named; undefined without one. */
  readonly source: string | undefined;
  readonly origins: ReadonlyMap<Key, Origin>;
}

/**
 * Loads and checks the configuration.
 *
 * The file is `file` (`--config`), or else the one that STEWARD_CONFIG or KB_DEPLOYMENT_CONFIG names, or else there is
 * none. Its section is KB_SERVICE_NAME or `Workspace`. STEWARD_<KEY> in the environment takes precedence over the file.
 *
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig({ file, env }: { file?: string; env: NodeJS.ProcessEnv }): LoadedConfig {
  const sources = readSources(file, env);
  const { given } = sources;
  const problems: ConfigProblem[] = [...sources.problems];
  const warnings = [...sources.warnings];

  const read = readValues(given);
  problems.push(...read.problems);
  problems.push(...contradictions(given));
  const secrets = readSecrets(given, problems);

  if (read.values !== undefined) {
    const exposure = exposureOf({ values: read.values, given, file: sources.file });
    problems.push(...exposure.problems);
    warnings.push(...exposure.warnings);
  }
  if (read.values === undefined || problems.length > 0) throw new ConfigError(inOrder(problems));
  for (const check of [idleKeys, trustingAll, takingAll, unencrypted, weakKeys]) {
    for (const { key, text } of check(read.values)) warnings.push(sentence(problemAt(originOf(given, key), key, text)));
  }
  return {
    config: frozen(read.values),
    secrets,
    warnings,
    source: sources.file,
    origins: new Map((Object.keys(read.values) as Key[]).map((key) => [key, originOfSet(given, key)])),
  };
}

/** The sources of the key that checks JSON Web Tokens. */
const KEY_SOURCES = ['auth-jwt-secret-file', 'auth-jwt-public-key-file', 'auth-jwks-url'] as const;

/** Keys that exclude or require each other. */
function contradictions(given: GivenValues): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const isSet = (key: Key) => (given.get(key)?.text ?? '') !== '';
  const add = (key: Key, text: string) => problems.push(problemAt(originOf(given, key), key, text));
  for (const [one, other] of PAIRS) {
    if (isSet(one) && !isSet(other)) add(one, `${other} is missing: set both or neither`);
    if (isSet(other) && !isSet(one)) add(other, `${one} is missing: set both or neither`);
  }
  if (isSet('mongodb-user') && hasCredentials(given.get('mongodb-host')?.text ?? '')) {
    add('mongodb-user', 'the URI in mongodb-host has an account too: name it in one place only');
  }
  const [keySource, ...others] = KEY_SOURCES.filter(isSet);
  for (const other of others) add(other, `${keySource} is set too: tokens have one kind of key, so set only one`);
  return problems;
}

const PAIRS = [
  ['webauthn-rp-id', 'webauthn-origins'],
  ['mongodb-user', 'mongodb-pwd'],
  ['audit-prune-user', 'audit-prune-pwd'],
  ['smtp-url', 'smtp-from'],
] as const;

/** A warning about a valid value. */
interface Warning {
  readonly key: Key;
  readonly text: string;
}

function idleKeys(values: DeployConfig): Warning[] {
  const idle = (key: Key, why: string): Warning[] =>
    values[key] === undefined ? [] : [{ key, text: `it has no effect ${why}` }];
  const onlyOpaque = values['auth2-service-url'] !== undefined && !KEY_SOURCES.some((key) => values[key] !== undefined);
  const warnings: Warning[] = [];
  if (values['mongodb-host'] === undefined) {
    for (const key of ['mongodb-user', 'audit-prune-user'] as const) {
      warnings.push(...idle(key, 'without mongodb-host: the embedded MongoDB is reached without it'));
    }
  }
  if (values['dont-trust-x-ip-headers'] && values['trusted-proxies'].length > 0) {
    const why = 'with dont-trust-x-ip-headers = true: the headers of no proxy are believed';
    warnings.push(...idle('trusted-proxies', why));
  }
  if (!onlyOpaque) return warnings;
  const why = 'without a key for JSON Web Tokens: all tokens come from the KBase auth service';
  return [...warnings, ...idle('auth-jwt-issuer', why), ...idle('auth-jwt-audience', why), ...idleSubjects(values)];
}

/** Administrators whom no token can name: those of the KBase auth service carry no id. */
function idleSubjects(values: DeployConfig): Warning[] {
  const idle = values['ws-admin'].filter((entry) => entry.startsWith('id:'));
  if (idle.length === 0) return [];
  const text =
    `${idle.join(', ')} can never be anybody: without a key for JSON Web Tokens all tokens come from the KBase auth ` +
    'service, and these carry no id. Write the user name alone';
  return [{ key: 'ws-admin', text }];
}

const SERVICES = ['auth2-service-url', 'auth-jwks-url', 'type-delegation-target', 'typespec-copy-sources'] as const;

/** Services that are reached without encryption. */
function unencrypted(values: DeployConfig): Warning[] {
  return SERVICES.flatMap((key) => {
    const hosts = [values[key] ?? []].flat().flatMap((url) => plainHostOf(url) ?? []);
    if (hosts.length === 0) return [];
    const text = `what is sent to ${[...new Set(hosts)].join(', ')} can be read and changed on the way, tokens too`;
    return [{ key, text }];
  });
}

/** Proxies that include every address. */
function trustingAll(values: DeployConfig): Warning[] {
  const everything = values['trusted-proxies'].find(coversAllAddresses);
  if (everything === undefined) return [];
  const text = `${everything} is every address: whoever reaches the service can make up where a call comes from`;
  return [{ key: 'trusted-proxies', text }];
}

/** Published keys whose tokens are accepted from every issuer or for every audience. */
function takingAll(values: DeployConfig): Warning[] {
  const unchecked = (['auth-jwt-issuer', 'auth-jwt-audience'] as const).filter((key) => values[key] === undefined);
  if (values['auth-jwks-url'] === undefined || unchecked.length === 0) return [];
  const text = `${unchecked.join(' and ')} ${unchecked.length > 1 ? 'are' : 'is'} not set: tokens that these keys sign for other services are taken too`;
  return [{ key: 'auth-jwks-url', text }];
}

const SAFE_KEY_CHARACTERS = 16;

function weakKeys(values: DeployConfig): Warning[] {
  const { length = SAFE_KEY_CHARACTERS } = values['register-secret-key'] ?? {};
  if (length >= SAFE_KEY_CHARACTERS) return [];
  const text = `the key has ${length} characters and can be guessed: use ${SAFE_KEY_CHARACTERS} random ones or more`;
  return [{ key: 'register-secret-key', text }];
}

function originOfSet(given: GivenValues, key: Key): Origin {
  const entry = given.get(key);
  return entry === undefined || (entry.text === '' && !isList(key)) ? { from: 'default' } : entry.origin;
}

/** The problems of the file by line, then those of the environment. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const rank = (p: ConfigProblem) => (p.file === undefined ? Number.POSITIVE_INFINITY : (p.line ?? 0));
  return [...problems].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

function frozen(values: DeployConfig): Config {
  for (const value of Object.values(values)) Object.freeze(value);
  return Object.freeze(values);
}
