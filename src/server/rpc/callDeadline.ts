import { refuse } from '../../base/errors.ts';
import { isCommitting } from '../../store/awaited.ts';
import type { HangUp } from './hangUp.ts';

/** How many times the deadline a call may take that transfers much data, or looks at much. */
const LONG = 20;

export interface DeadlineRules {
  /** Within which a call is answered. */
  readonly seconds: number;
  /** Whether calls of the method or command of this name may take long. */
  readonly isLong: (name: string) => boolean;
}

/**
 * Answers a call in time, whatever happens to what it waits for. When its time is over, nothing is begun or committed for it any
 * more.
 */
export class CallDeadline {
  readonly #rules: DeadlineRules;
  readonly #ended = new AbortController();
  readonly #hangUp: HangUp | undefined;

  constructor(rules: DeadlineRules, hangUp: HangUp | undefined) {
    this.#rules = rules;
    this.#hangUp = hangUp;
  }

  /** Aborts if the caller hangs up, and when the time is over. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /**
   * Runs the call.
   *
   * @param names those of the method and the command
   * @throws deadline_exceeded, when nothing was and will be committed; outcome_unknown, when the commit was sent
   */
  async run<R>(names: readonly (string | undefined)[], call: () => Promise<R>): Promise<R> {
    const { seconds, isLong } = this.#rules;
    const isLongCall = names.some((name) => name !== undefined && isLong(name));
    const allowed = isLongCall ? seconds * LONG : seconds;
    const unlisten = this.#hangUp?.listen(() => this.#ended.abort());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#ended.abort();
        reject(isCommitting(this.signal) ? refuse('outcome_unknown') : refuse('deadline_exceeded', String(allowed)));
      }, allowed * 1_000);
    });
    try {
      return await Promise.race([call(), late]);
    } finally {
      clearTimeout(timer);
      unlisten?.();
    }
  }
}
