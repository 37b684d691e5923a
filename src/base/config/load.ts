import { isEverything } from '../addresses.ts';
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
  /** Sentences for the log; without secrets. */
  readonly warnings: readonly string[];
  /** The file, as it was named; undefined without one. */
  readonly source: string | undefined;
  /** Where each setting comes from; without the keys that are not set. */
  readonly origins: ReadonlyMap<Key, Origin>;
}

/**
 * The service's configuration, judged as a whole.
 *
 * The file is `file` (`--config`), else the one that STEWARD_CONFIG or KB_DEPLOYMENT_CONFIG names, else there is none.
 * Its section is KB_SERVICE_NAME or `Workspace`. STEWARD_<KEY> in the environment beats the file.
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
  warnings.push(...idleKeys(read.values, given), ...openDoors(read.values, given), ...weakKeys(read.values, given));
  return {
    config: frozen(read.values),
    secrets,
    warnings,
    source: sources.file,
    origins: new Map((Object.keys(read.values) as Key[]).map((key) => [key, settledOrigin(given, key)])),
  };
}

/** Where the key that checks JSON Web Tokens comes from. */
const KEY_SOURCES = ['auth-jwt-secret-file', 'auth-jwt-public-key-file', 'auth-jwks-url'] as const;

/** Keys that do not go together. */
function contradictions(given: GivenValues): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const isSet = (key: Key) => (given.get(key)?.text ?? '') !== '';
  const complain = (key: Key, text: string) => problems.push(problemAt(originOf(given, key), key, text));
  if (isSet('mongodb-user') && !isSet('mongodb-pwd'))
    complain('mongodb-user', 'mongodb-pwd is missing: set both or neither');
  if (isSet('mongodb-pwd') && !isSet('mongodb-user'))
    complain('mongodb-pwd', 'mongodb-user is missing: set both or neither');
  if (isSet('mongodb-user') && hasCredentials(given.get('mongodb-host')?.text ?? '')) {
    complain('mongodb-user', 'the URI in mongodb-host has an account too: name it in one place only');
  }
  for (const [one, other] of [
    ['smtp-url', 'smtp-from'],
    ['smtp-from', 'smtp-url'],
  ] as const) {
    if (isSet(one) && !isSet(other)) complain(one, `${other} is missing: set both or neither`);
  }
  const [keySource, ...others] = KEY_SOURCES.filter(isSet);
  for (const other of others) complain(other, `${keySource} is set too: tokens have one kind of key, so set only one`);
  return problems;
}

/** Settings that are right and do nothing. */
function idleKeys(values: DeployConfig, given: GivenValues): string[] {
  const idle = (key: Key, text: string) =>
    values[key] === undefined ? [] : [sentence(problemAt(originOf(given, key), key, `it has no effect ${text}`))];
  const onlyOpaque = values['auth2-service-url'] !== undefined && !KEY_SOURCES.some((key) => values[key] !== undefined);
  return [
    ...(values['mongodb-host'] === undefined
      ? idle('mongodb-user', 'without mongodb-host: the embedded MongoDB is reached without it')
      : []),
    ...(values['dont-trust-x-ip-headers'] && values['trusted-proxies'].length > 0
      ? idle('trusted-proxies', 'with dont-trust-x-ip-headers = true: the headers of no proxy are believed')
      : []),
    ...(onlyOpaque
      ? (['auth-jwt-issuer', 'auth-jwt-audience'] as const).flatMap((key) =>
          idle(key, 'without a key for JSON Web Tokens: all tokens come from the KBase auth service'),
        )
      : []),
    ...(onlyOpaque ? idleSubjects(values, given) : []),
  ];
}

/** Administrators whom no token can ever name: those of the KBase auth service carry no id. */
function idleSubjects(values: DeployConfig, given: GivenValues): string[] {
  const idle = values['ws-admin'].filter((entry) => entry.startsWith('id:'));
  if (idle.length === 0) return [];
  const text =
    `${idle.join(', ')} can never be anybody: without a key for JSON Web Tokens all tokens come from the KBase auth ` +
    'service, and these carry no id. Write the user name alone';
  return [sentence(problemAt(originOf(given, 'ws-admin'), 'ws-admin', text))];
}

/** Settings that are right and let in more than is meant. */
function openDoors(values: DeployConfig, given: GivenValues): string[] {
  return [...trustingAll(values, given), ...takingAll(values, given), ...unencrypted(values, given)];
}

const SERVICES = ['auth2-service-url', 'auth-jwks-url', 'type-delegation-target', 'typespec-copy-sources'] as const;

function unencrypted(values: DeployConfig, given: GivenValues): string[] {
  return SERVICES.flatMap((key) => {
    const hosts = [values[key] ?? []].flat().flatMap((url) => plainHostOf(url) ?? []);
    if (hosts.length === 0) return [];
    const text = `what is sent to ${[...new Set(hosts)].join(', ')} can be read and changed on the way, tokens too`;
    return [sentence(problemAt(originOf(given, key), key, text))];
  });
}

function trustingAll(values: DeployConfig, given: GivenValues): string[] {
  const everything = values['trusted-proxies'].find(isEverything);
  if (everything === undefined) return [];
  const text = `${everything} is every address: whoever reaches the service can make up where a call comes from`;
  return [sentence(problemAt(originOf(given, 'trusted-proxies'), 'trusted-proxies', text))];
}

function takingAll(values: DeployConfig, given: GivenValues): string[] {
  const unchecked = (['auth-jwt-issuer', 'auth-jwt-audience'] as const).filter((key) => values[key] === undefined);
  if (values['auth-jwks-url'] === undefined || unchecked.length === 0) return [];
  const text = `${unchecked.join(' and ')} ${unchecked.length > 1 ? 'are' : 'is'} not set: tokens that these keys sign for other services are taken too`;
  return [sentence(problemAt(originOf(given, 'auth-jwks-url'), 'auth-jwks-url', text))];
}

const SAFE_KEY_CHARACTERS = 16;

/** Settings that are right and can be guessed. */
function weakKeys(values: DeployConfig, given: GivenValues): string[] {
  const { length = SAFE_KEY_CHARACTERS } = values['register-secret-key'] ?? {};
  if (length >= SAFE_KEY_CHARACTERS) return [];
  const text = `the key has ${length} characters and can be guessed: use ${SAFE_KEY_CHARACTERS} random ones or more`;
  return [sentence(problemAt(originOf(given, 'register-secret-key'), 'register-secret-key', text))];
}

function settledOrigin(given: GivenValues, key: Key): Origin {
  const entry = given.get(key);
  return entry === undefined || (entry.text === '' && !isList(key)) ? { from: 'default' } : entry.origin;
}

/** The file's problems by line, then the environment's. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const rank = (p: ConfigProblem) => (p.file === undefined ? Number.POSITIVE_INFINITY : (p.line ?? 0));
  return [...problems].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

function frozen(values: DeployConfig): Config {
  for (const value of Object.values(values)) Object.freeze(value);
  return Object.freeze(values);
}
