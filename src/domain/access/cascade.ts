import type { Authority } from '../../identity/authority.ts';
import { branch, type Follow, type Node } from '../resources/branch.ts';
import { rulesOf } from '../resources/types.ts';
import { type AccessFields, type Action, decide } from './decide.ts';

/** One call changes the rights of no more resources: its record holds all of them. */
export const MAX_REACHED = 5_000;
/**
 * Of grants, on all resources that one call reaches: about 20,000, which take a third of a second of processor time. One
 * resource alone may have all the grants that it can hold.
 */
export const MAX_CASCADE_BYTES = 3_000_000;
const MAX_LEVELS = 100;

/** A resource on the way of a cascade. */
export type Reached = Node & AccessFields;

/** The rule of the types: which children a cascade goes on to. A level deeper than `depth` is left alone. */
export function byRule(depth = MAX_LEVELS): Follow<Node> {
  return (parent, child, level) => level <= depth && rulesOf(parent.type).cascade.includes(child.type);
}

/** The types that a cascade may go on to from these. */
export const typesBelow = (nodes: readonly Node[]): string[] => [
  ...new Set(nodes.flatMap(({ type }) => rulesOf(type).cascade)),
];

/**
 * Everything that a cascade reaches, the roots first, each once: where a child hangs below what may not be changed, it is
 * reached all the same, and judged by itself.
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

/** Those of these that somebody may do all of this with, and the others. */
export function divide<N extends Reached>(
  authority: Authority,
  actions: readonly Action[],
  nodes: readonly N[],
): { readonly allowed: N[]; readonly refused: N[] } {
  const may = (node: N) => actions.every((action) => decide(authority, action, node).allowed);
  return { allowed: nodes.filter(may), refused: nodes.filter((node) => !may(node)) };
}
