import { OperatorError } from '../base/errors.ts';

/** Thrown at start-up when the server cannot do what Steward needs; its message says what to do. */
export class UnfitDatabaseError extends OperatorError {}
