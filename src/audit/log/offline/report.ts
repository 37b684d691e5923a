import type { AuditFinding as Finding } from '../../../base/schemas/generated.ts';

/** What a verification of an export found. */
export interface Report {
  /** Speaks only of what was checked. */
  readonly ok: boolean;
  /** The records whose place in the log was checked: from the first to before `to`. */
  readonly checked: { readonly from: number; readonly to: number };
  readonly origin?: string;
  /** The size and the root, in Base64, of the largest checkpoint that the records were compared with. */
  readonly size: number;
  readonly root?: string;
  /** Whether the keys were given by the caller, or taken from the export that they should verify. */
  readonly keys: 'given' | 'own';
  /** How many changes of the key both keys have signed, and how many of these are recorded in the log. */
  readonly keyRotations: { readonly signed: number; readonly recorded: number };
  /** Records whose content was removed by the retention, so that only their place was checked. */
  readonly pruned: number;
  /** Records after the newest checkpoint, which were not checked. */
  readonly uncovered: number;
  /** Records that were not sealed when the log was exported, and so were not checked. Absent if the export does not say. */
  readonly unsealed?: number;
  /** How many checkpoints the records agree with, and how many receipts were found in the log. */
  readonly checkpoints: number;
  readonly receipts: number;
  /** Of how many of these receipts the record was pruned: only its place and its hash were checked. */
  readonly receiptsWithoutText: number;
  /** How far each witness has cosigned. */
  readonly cosigned: readonly { readonly witness: string; readonly size: number; readonly at: string }[];
  readonly findings: readonly Finding[];
  /** How many findings are not listed. */
  readonly more?: number;
}

/** An export with more wrong than this is not listed completely. */
const MAX_FINDINGS = 1_000;

/** Collects findings in bounded memory. */
export class Findings {
  readonly #list: Finding[] = [];
  #count = 0;

  add(finding: Finding): void {
    this.#count += 1;
    if (this.#list.length < MAX_FINDINGS) this.#list.push(finding);
  }

  get none(): boolean {
    return this.#count === 0;
  }

  result(): Pick<Report, 'findings' | 'more'> {
    const more = this.#count - this.#list.length;
    return { findings: this.#list, ...(more === 0 ? {} : { more }) };
  }
}
