import type { Rank } from '../identity/rank.ts';
import type { Database } from '../store/database.ts';

/** What an ordinary method gets. */
export interface MethodContext {
  readonly database: Database;
  readonly service: ServiceInfo;
  /** The caller's admin rank; `none` for an anonymous one. Asked for alone where a method needs it: it may cost a call. */
  readonly rank: () => Promise<Rank>;
}

export interface ServiceInfo {
  readonly version: string;
}

/** An ordinary method of the Workspace module: what anybody may call as oneself. */
export interface Method {
  /** Full name, `Workspace.ver`. */
  readonly name: string;
  readonly summary: string;
  readonly auth: 'required' | 'optional' | 'none';
  readonly paramCount: 0 | 1;
  readonly returnsValue: boolean;
  /** A service may call it for whomever it acts for, whatever its limits: it shows nothing but the caller's own rights. */
  readonly open?: true;
  readonly run: (ctx: MethodContext, params: readonly unknown[]) => Promise<unknown>;
}
