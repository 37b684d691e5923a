import { MongoServerError } from 'mongodb';
import { OperatorError } from '../base/errors.ts';

/** Thrown at start-up when the server cannot do what Steward needs; its message says what to do. */
export class UnfitDatabaseError extends OperatorError {}

const UNAUTHORIZED = 13;

/** True if the account that is used lacks the right to run a command. */
export const isUnauthorized = (error: unknown): error is MongoServerError & { readonly code: 13 } =>
  error instanceof MongoServerError && error.code === UNAUTHORIZED;

/** What the server says about a refused command, without the command itself, which may be long. */
export const saidBy = ({ message }: MongoServerError): string =>
  message.replace(/( to execute command) \{ (\w+):.*$/s, '$1 $2');
