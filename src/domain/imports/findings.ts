/** Something that cannot be imported, or differs: what it is, its id in the source, and why. */
export interface Finding<K extends string = FindingKind> {
  readonly kind: K;
  readonly id: string;
  readonly why: string;
}

export type FindingKind = 'user' | 'workspace' | 'permission' | 'object' | 'version' | 'module' | 'database';

/** How many findings are listed; the others are counted. */
const MAX_LISTED = 1_000;

/** What an inspection or a comparison has found, by kind. */
export class Findings<K extends string = FindingKind> {
  readonly listed: Finding<K>[] = [];
  readonly #counts = new Map<K, number>();

  add(kind: K, id: string, why: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.listed.length < MAX_LISTED) this.listed.push({ kind, id, why });
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
