import type { Answer } from '../gate/door.ts';
import type { WireError } from './wireError.ts';

/** One call as it was asked for, in either envelope. */
export interface RpcCall {
  /** Full name. */
  readonly method: string;
  readonly params: readonly unknown[];
}

/** How an envelope answers one call. */
export interface Reply {
  /** The body; undefined where nothing is answered. */
  readonly body: string | undefined;
  readonly status: number;
}

export type Outcome =
  | { readonly answer: Answer; readonly returnsValue: boolean }
  | { readonly error: WireError; readonly requestId: string };

const MODULE = 'Workspace';

/** `ver` means `Workspace.ver`. */
export function fullMethodName(name: string): string {
  return name.includes('.') ? name : `${MODULE}.${name}`;
}
