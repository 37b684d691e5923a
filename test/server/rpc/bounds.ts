import type { BodyBounds } from '../../../src/server/rpc/body.ts';
import type { DeadlineRules } from '../../../src/server/rpc/callDeadline.ts';
import { type CallBounds, CallLimits } from '../../../src/server/rpc/callLimits.ts';

/** Bounds for test servers that ordinary tests never reach. */
export const wideBodies: BodyBounds = {
  maxBodyBytes: 1_000_000,
  maxAnonymousBodyBytes: 1_000_000,
  maxHeldBodyBytes: 256_000_000,
  bodyGraceSeconds: 60,
  minBodyBytesPerSecond: 1,
};

export const wideBounds: CallBounds = {
  maxCalls: 1_000,
  maxCallsPerCaller: 1_000,
  maxWritesPerCaller: 1_000,
  maxAnonymousCalls: 1_000,
  maxAnonymousCallsPerAddress: 1_000,
};

export const wideLimits = () => new CallLimits(wideBounds);

export const wideDeadlines: DeadlineRules = { seconds: 600, isLong: () => false };
