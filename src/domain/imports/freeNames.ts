import type { Collection, Filter, Stored } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';

interface NamedDocument extends Stored {
  readonly name: string;
}

/**
 * Frees the names that these documents are about to take from others, which were renamed since they were imported: names
 * are unique at every moment. The others get their new names when it is their turn.
 */
export async function freeNames<T extends NamedDocument>(
  tx: Transaction,
  of: Collection<T>,
  { wanted, within = {} }: { readonly wanted: readonly Pick<T, '_id' | 'name'>[]; readonly within?: Filter },
): Promise<void> {
  const takers = new Map(wanted.map(({ _id, name }) => [name, _id]));
  const holders = await tx.find(of, { ...within, name: { $in: [...takers.keys()] } });
  for (const holder of holders) {
    if (takers.get(holder.name) === holder._id) continue;
    await tx.update(of, holder, { ...holder, name: `~renamed~${holder._id}` });
  }
}
