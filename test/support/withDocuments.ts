import type { Db, Document } from 'mongodb';

/** Those of the collections that are not empty, found by one query. */
export async function withDocuments(db: Db, names: readonly string[]): Promise<string[]> {
  const found = await unionOf(db, names, (name) => [{ $limit: 1 }, { $project: { _id: { $literal: name } } }]);
  return found.map(({ _id }) => String(_id));
}

/** The documents of these collections, with the name of the collection of each, found by one query. */
export async function documentsOf(db: Db, names: readonly string[]): Promise<{ of: string; document: Document }[]> {
  return (await unionOf(db, names, (name) => [{ $replaceWith: { of: { $literal: name }, document: '$$ROOT' } }])) as {
    of: string;
    document: Document;
  }[];
}

async function unionOf(db: Db, names: readonly string[], one: (name: string) => Document[]): Promise<Document[]> {
  const [first, ...others] = names;
  if (first === undefined) return [];
  const unions = others.map((name) => ({ $unionWith: { coll: name, pipeline: one(name) } }));
  const found = db.collection(first).aggregate([...one(first), ...unions], { batchSize: 10_000 });
  return found.toArray();
}
