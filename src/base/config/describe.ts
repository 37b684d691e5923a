import { isSecret, KEYS, type Key } from './keys.ts';
import type { LoadedConfig } from './load.ts';
import { maskedMongodbHost } from './mongodbHost.ts';
import { type Origin, oneLine } from './problems.ts';

/** A line for each key, such as `key = value (from deploy.cfg:12)`, with secrets masked. */
export function describeConfig({ config, origins }: Pick<LoadedConfig, 'config' | 'origins'>): string[] {
  return KEYS.map((key) => {
    const value = config[key];
    const origin = origins.get(key);
    if (value === undefined || origin === undefined) return `${key} is not set`;
    return oneLine(`${key} = ${shown(key, value)} (${nameOf(origin)})`);
  });
}

function shown(key: Key, value: string | number | boolean | readonly string[]): string {
  if (isSecret(key)) return '******';
  if (typeof value === 'object') return value.length === 0 ? 'none' : value.join(', ');
  return key === 'mongodb-host' ? maskedMongodbHost(String(value)) : String(value);
}

function nameOf(origin: Origin): string {
  switch (origin.from) {
    case 'file':
      return `from ${origin.file}:${origin.line}`;
    case 'environment':
      return `from environment ${origin.variable}`;
    case 'default':
      return 'default';
  }
}
