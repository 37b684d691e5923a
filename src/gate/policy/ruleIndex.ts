import type { Named } from './callers.ts';
import type { PolicyActor } from './policy.ts';

type Form = 'ids' | 'names' | 'roles';

/** Rules by the callers whom they name, so that a call is compared only with those that may apply to its caller. */
export class RuleIndex<R extends { readonly who: Named }> {
  readonly #rules: readonly R[];
  /** The places of the rules that may apply to callers whom they do not name by id, name or role. */
  readonly #general: number[] = [];
  readonly #named: Readonly<Record<Form, Map<string, number[]>>> = {
    ids: new Map(),
    names: new Map(),
    roles: new Map(),
  };

  constructor(rules: readonly R[]) {
    this.#rules = rules;
    for (const [place, { who }] of rules.entries()) {
      const { groups, tokenRoles, services } = who;
      if (groups.size > 0 || tokenRoles.size > 0 || services.size > 0) this.#general.push(place);
      else for (const form of ['ids', 'names', 'roles'] as const) this.#add(form, who[form], place);
    }
  }

  /** The rules that may apply to the actor, in their order. */
  rulesFor({ id, names, roles }: PolicyActor): readonly R[] {
    const places = new Set(this.#general);
    for (const [form, entries] of [
      ['ids', [id]],
      ['names', names],
      ['roles', roles],
    ] as const) {
      for (const entry of entries) for (const place of this.#named[form].get(entry) ?? []) places.add(place);
    }
    return [...places].sort((a, b) => a - b).flatMap((place) => this.#rules[place] ?? []);
  }

  #add(form: Form, entries: ReadonlySet<string>, place: number): void {
    for (const entry of entries) {
      const known = this.#named[form].get(entry);
      if (known === undefined) this.#named[form].set(entry, [place]);
      else known.push(place);
    }
  }
}
