import { NO_RULES, type Policy } from './policy.ts';

/** The policy in force, which may be replaced while calls are under way. */
export class PolicyHolder {
  #current: Policy;

  constructor(policy: Policy = NO_RULES) {
    this.#current = policy;
  }

  get current(): Policy {
    return this.#current;
  }

  replace(policy: Policy): void {
    this.#current = policy;
  }
}
