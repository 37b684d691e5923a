import type { Db } from 'mongodb';

/** Those of the collections that are not empty, found by one query. */
export async function withDocuments(db: Db, names: readonly string[]): Promise<string[]> {
  const one = (name: string) => [{ $limit: 1 }, { $project: { _id: { $literal: name } } }];
  const [first, ...others] = names;
  if (first === undefined) return [];
  const unions = others.map((name) => ({ $unionWith: { coll: name, pipeline: one(name) } }));
  const found = await db
    .collection(first)
    .aggregate([...one(first), ...unions])
    .toArray();
  return found.map(({ _id }) => String(_id));
}
