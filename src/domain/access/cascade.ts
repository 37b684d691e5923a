import type { Authority } from '../../identity/authority.ts';
import { branch, type Follow, type Node } from '../resources/branch.ts';
import { rulesOf } from '../resources/types.ts';
import { type AccessFields, type Action, decide } from './decide.ts';

/** The most resources whose rights one call changes: the audit record holds all of them. */
export const MAX_REACHED = 5_000;
/**
 * The most bytes of grants on all resources that one call reaches: about 20,000 grants, which take a third of a second
 * of processor time. A single resource may have as many as it can hold.
 */
export const MAX_CASCADE_BYTES = 3_000_000;
const MAX_LEVELS = 100;

export type Reached = Node & AccessFields;

/** A cascade goes on to the children that the rule of the type names, down to `depth`. */
export function byRule(depth = MAX_LEVELS): Follow<Node> {
  return (parent, child, level) => level <= depth && rulesOf(parent.type).cascade.includes(child.type);
}

/** The types that a cascade may go on to from these. */
export const typesBelow = (nodes: readonly Node[]): string[] => [
  ...new Set(nodes.flatMap(({ type }) => rulesOf(type).cascade)),
];

/**
 * The roots and everything that a cascade reaches, each once. Children of resources that may not be changed are reached
 * too, and each is decided on by itself.
 *
 * @throws too_many_resources
 */
export function cascadeFrom<N extends Node>(
  roots: readonly N[],
  childrenOf: (parents: readonly N[], limit: number) => Promise<readonly N[]>,
  follow: Follow<N>,
): Promise<N[]> {
  return branch(roots, { childrenOf, follow, max: MAX_REACHED });
}

/** Divides the resources into those with which all of these actions are allowed, and the others. */
export function divide<N extends Reached>(
  authority: Authority,
  actions: readonly Action[],
  nodes: readonly N[],
): { readonly allowed: N[]; readonly refused: N[] } {
  const may = (node: N) => actions.every((action) => decide(authority, action, node).allowed);
  return { allowed: nodes.filter(may), refused: nodes.filter((node) => !may(node)) };
}
