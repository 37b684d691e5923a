import type { Transaction } from '../../../store/transaction.ts';
import { type Address, pathOf } from './address.ts';
import type { IiifType } from './kinds.ts';
import { keyOf, objectsAt } from './objects.ts';
import { type TreeNode, treeOf } from './tree.ts';

/** Which objects a tree that was sent means: those that it makes, and those that exist. */

const namesBy = (tx: Transaction) => ({ newName: (type: IiifType) => tx.newId(`${type}_`) });

/**
 * The tree for a new object, whose parts have its identifier.
 *
 * @throws iiif_invalid, iiif_top_collection, iiif_ids_collide, change_too_big
 */
export const newTree = (tx: Transaction, address: Address, sent: unknown): TreeNode =>
  treeOf(address, sent, { ...namesBy(tx), isElsewhere: () => false });

/**
 * The tree for the change of an object. Parts of an existing object that name existing objects with another identifier
 * are these objects, as when a manifest gets another identifier and is sent with its content.
 *
 * @throws iiif_invalid, iiif_top_collection, iiif_ids_collide, change_too_big
 */
export async function treeToChange(tx: Transaction, address: Address, sent: unknown): Promise<TreeNode> {
  const tree = treeOf(address, sent, { ...namesBy(tx), isElsewhere: undefined });
  const places = placesIn(tree);
  if (places === undefined) return tree;
  const found = new Map((await objectsAt(tx, places, 'sourced')).map((object) => [keyOf(object), object]));
  const foundAt = (at: Address) => found.get(keyOf(placeOf(at)));
  const root = pathOf(tree.address);
  return treeOf(address, sent, {
    ...namesBy(tx),
    isElsewhere: ({ here, elsewhere, path }, parent) => {
      const isOfExisting = pathOf(parent) === root || foundAt(parent) !== undefined;
      // An object that was made with this `@id` has it.
      return isOfExisting && foundAt(elsewhere) !== undefined && foundAt(here)?.source !== path;
    },
  });
}

const placeOf = (address: Address) => ({ type: address.type, externalId: pathOf(address) });

/** Where the objects of a tree may be; undefined if each can only be in one place. */
function placesIn(tree: TreeNode): ReturnType<typeof placeOf>[] | undefined {
  const found: Address[] = [];
  let isOpen = false;
  const collect = ({ address, places, children }: TreeNode) => {
    found.push(address, ...(places === undefined ? [] : [places.elsewhere]));
    isOpen ||= places !== undefined;
    for (const child of children) collect(child);
  };
  collect(tree);
  return isOpen ? found.map(placeOf) : undefined;
}
