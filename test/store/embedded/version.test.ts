import { describe, expect, it } from 'vitest';
import { compareVersions, parseVersion, versionProblem } from '../../../src/store/embedded/version.ts';

const data = (mongodb: string) => ({ mongodb, featureCompatibility: mongodb.split('.', 2).join('.') });

describe('the version of a mongod', () => {
  it('is read from the output of --version, of release candidates and of vendors too', () => {
    expect(parseVersion('db version v6.0.5\nBuild Info: {\n    "version": "6.0.5"')).toBe('6.0.5');
    expect(parseVersion('db version v8.2.0-rc1\n')).toBe('8.2.0-rc1');
    expect(parseVersion('db version v7.0.14-8\n')).toBe('7.0.14-8');
    expect(parseVersion('postgres (PostgreSQL) 15.4')).toBeUndefined();
  });

  it('is compared number by number', () => {
    expect(compareVersions('10.0.0', '9.3.1')).toBeGreaterThan(0);
    expect(compareVersions('6.0.5', '6.0.12')).toBeLessThan(0);
    expect(compareVersions('4.4', '4.4.0')).toBe(0);
  });
});

describe('which mongod is taken', () => {
  it.each(['4.4.0', '4.4.29', '5.0.1', '6.0.5', '8.2.6'])('for new data: %s', (version) => {
    expect(versionProblem(version, undefined)).toBeUndefined();
  });

  it('for new data: none before 4.4', () => {
    expect(versionProblem('4.2.24', undefined)).toMatch(/too old: 4\.4 or later/);
  });

  it.each([
    ['6.0.5', '6.0.20'],
    ['5.0.3', '4.4.2'],
    ['6.0.5', '5.0.3'],
    ['7.0.2', '6.0.5'],
    ['7.0.2', '6.3.1'],
    ['8.2.6', '8.0.4'],
    ['8.2.6', '8.1.0'],
    ['9.0.0', '8.0.4'],
  ])('%s opens data of %s', (version, made) => {
    expect(versionProblem(version, data(made))).toBeUndefined();
  });

  it.each([
    ['6.0.5', '7.0.2', 'too old'],
    ['8.0.4', '8.2.6', 'too old'],
    ['6.0.5', '99.0.1', 'too old'],
    ['7.0.2', '5.0.3', 'too new'],
    ['8.0.4', '6.0.5', 'too new'],
    ['8.2.6', '7.0.2', 'too new'],
    ['6.0.5', '4.4.2', 'too new'],
  ])('%s is refused for data of %s', (version, made, why) => {
    expect(versionProblem(version, data(made))).toMatch(new RegExp(`^${why} for data of MongoDB ${made}`));
  });

  it('goes by the feature compatibility version, not by the mongod that made the data', () => {
    expect(versionProblem('6.0.5', { mongodb: '7.0.2', featureCompatibility: '6.0' })).toBeUndefined();
  });
});
