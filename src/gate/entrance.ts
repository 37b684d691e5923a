import { refuse, type StewardError } from '../base/errors.ts';
import type { Answer, DialectDoor, Identified, MethodShape } from './door.ts';
import { shapeOf } from './shapes.ts';

/** Why the service cannot answer calls yet, as `GET /readyz` shows it. */
export type NotReadyReason = 'starting' | 'migrating' | 'outdated';

/**
 * Takes calls from the moment the port is open. Until the gate is ready, and again once the database has another
 * format, it refuses every call in the caller's own dialect; in between it passes them on to the gate.
 */
export class Entrance implements DialectDoor {
  #gate: DialectDoor | undefined;
  #state: NotReadyReason | 'open' = 'starting';

  get state(): NotReadyReason | 'open' {
    return this.#state;
  }

  /** Refuses every call from now on. */
  close(state: NotReadyReason): void {
    this.#state = state;
    this.#gate = undefined;
  }

  /** Passes every call on to this gate from now on. */
  open(gate: DialectDoor): void {
    this.#state = 'open';
    this.#gate = gate;
  }

  method(name: string): MethodShape | undefined {
    return shapeOf(name);
  }

  async identify(...call: Parameters<DialectDoor['identify']>): Promise<Identified | undefined> {
    return this.#opened().identify(...call);
  }

  async call(...call: Parameters<DialectDoor['call']>): Promise<Answer> {
    return this.#opened().call(...call);
  }

  async refuseNotification(...call: Parameters<DialectDoor['refuseNotification']>): Promise<void> {
    return this.#opened().refuseNotification(...call);
  }

  async mayRun(...call: Parameters<DialectDoor['mayRun']>): Promise<boolean> {
    return this.#opened().mayRun(...call);
  }

  #opened(): DialectDoor {
    if (this.#gate === undefined) throw this.#refusal();
    return this.#gate;
  }

  #refusal(): StewardError {
    switch (this.#state) {
      case 'outdated':
        return refuse('format_changed');
      case 'migrating':
        return refuse('not_ready', 'migrating its database');
      default:
        return refuse('not_ready', 'starting');
    }
  }
}
