const DISK_FULL = 'the disk is full (No space left on device); free some space on the file system of the data folder';

/** Finds in the log of a mongod why it ends: its last line of severity fatal or error, unless the disk is full. */
export class FatalReason {
  #reason: string | undefined;

  /** Undefined if mongod gave none. */
  get text(): string | undefined {
    return this.#reason;
  }

  /** @param text lines of the log, one JSON object each */
  read(text: string): void {
    for (const line of text.split('\n')) {
      if (this.#reason === DISK_FULL || !/"s":"[FE]"/.test(line)) continue;
      // What follows a failed write has a number for a reason.
      this.#reason = line.includes('No space left on device') ? DISK_FULL : (reasonIn(line) ?? this.#reason);
    }
  }
}

function reasonIn(line: string): string | undefined {
  try {
    const { msg, attr } = JSON.parse(line) as { msg?: string; attr?: { error?: unknown; reason?: unknown } };
    const detail = attr?.error ?? attr?.reason;
    return detail === undefined ? undefined : `${msg}: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`;
  } catch {
    // An incomplete line.
    return undefined;
  }
}
