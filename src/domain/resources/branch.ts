import { refuse } from '../../base/errors.ts';
import { labelOf, type ResourcePart } from './reference.ts';

/** The fields of a resource that a walk through the tree needs. */
export type Node = Pick<ResourcePart, '_id' | 'type' | 'externalId' | 'parents'>;

/** Whether a walk goes on from a parent to its child; `depth` is the child's, 1 for children of a root. */
export type Follow<N extends Node> = (parent: N, child: N, depth: number) => boolean;

/**
 * The roots and everything that can be reached from them, each once, level by level.
 *
 * @param childrenOf the children of these, in any order; at most `limit` of them
 * @throws too_many_resources when there are more than `max`
 */
export async function branch<N extends Node>(
  roots: readonly N[],
  {
    childrenOf,
    follow,
    max,
  }: {
    readonly childrenOf: (parents: readonly N[], limit: number) => Promise<readonly N[]>;
    readonly follow: Follow<N>;
    readonly max: number;
  },
): Promise<N[]> {
  const found = new Map(roots.map((root) => [root._id, root]));
  let level = [...found.values()];
  for (let depth = 1; level.length > 0; depth += 1) {
    const above = new Map(level.map((node) => [node._id, node]));
    const children = await childrenOf(level, max + 1);
    level = [];
    for (const child of children) {
      const parents = (child.parents ?? []).flatMap((id) => above.get(id) ?? []);
      if (found.has(child._id) || !parents.some((parent) => follow(parent, child, depth))) continue;
      found.set(child._id, child);
      level.push(child);
    }
    const [root] = roots;
    if ((found.size > max || children.length > max) && root !== undefined) {
      throw refuse('too_many_resources', labelOf(root), max);
    }
  }
  return [...found.values()];
}
