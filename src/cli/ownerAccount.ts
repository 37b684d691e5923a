import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '../base/config/load.ts';
import { errorCode } from '../base/errorCode.ts';
import { UsageError } from './failure.ts';
import { secretLine } from './secretLine.ts';

/** The options of commands that are run with the account of the database's owner. */
export interface OwnerOptions {
  readonly mongodbUser?: string;
  readonly mongodbPwdFile?: string;
}

/** The account to use instead of the configured one, if there is one. @throws UsageError */
export async function ownerAccount(
  { mongodbUser, mongodbPwdFile }: OwnerOptions,
  config: LoadedConfig['config'],
): Promise<Partial<Pick<LoadedConfig['config'], 'mongodb-user' | 'mongodb-pwd'>>> {
  if (mongodbUser === undefined && mongodbPwdFile === undefined) return {};
  if (mongodbUser === undefined || mongodbPwdFile === undefined) {
    throw new UsageError('--mongodb-user and --mongodb-pwd-file go together: give both or neither');
  }
  if (config['mongodb-host'] === undefined) {
    const why = 'the embedded MongoDB has no accounts';
    throw new UsageError(`${why}: --mongodb-user needs a mongodb-host in the configuration`);
  }
  return { 'mongodb-user': mongodbUser, 'mongodb-pwd': await passwordIn(mongodbPwdFile) };
}

async function passwordIn(file: string): Promise<string> {
  if (file === '-') return secretLine('password of the owner');
  let password: string;
  try {
    password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`--mongodb-pwd-file: ${file} cannot be read: ${errorCode(error)}`);
  }
  if (password === '') throw new UsageError(`--mongodb-pwd-file: ${file} is empty`);
  return password;
}
