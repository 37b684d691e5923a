import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { BSON, type Db, type Document, MongoClient } from 'mongodb';

const FOLDER = new URL('../domain/imports/kbase-database/', import.meta.url);

/** A call that the real service answered on this database. */
export interface RecordedRead {
  readonly n: number;
  readonly as: string | null;
  readonly method: string;
  /** The text of the line, in which numbers stand as the service wrote them. */
  readonly text: string;
  readonly params: unknown;
  readonly httpStatus: number;
  readonly response: Readonly<Record<string, unknown>>;
}

/** The calls with their answers. */
export function recordedReads(): RecordedRead[] {
  return linesOf(new URL('reads.jsonl.gz', FOLDER)).map((text) => ({ ...JSON.parse(text), text }));
}

/** A KBase Workspace database and the one of its types, in a MongoDB of the tests. */
export interface RestoredDatabase extends AsyncDisposable {
  readonly workspace: Db;
  readonly types: Db;
  readonly from: string;
  readonly typesFrom: string;
}

/** Restores the database that the real service made. */
export async function restoreKbase(uri: string, name: string): Promise<RestoredDatabase> {
  const client = await MongoClient.connect(uri);
  const workspace = client.db(name);
  const types = client.db(`${name}_types`);
  await fill(workspace, new URL('workspace/', FOLDER));
  await fill(types, new URL('types/', FOLDER));
  const address = (db: string) => {
    const parsed = new URL(uri);
    parsed.pathname = `/${db}`;
    return parsed.href;
  };
  return {
    workspace,
    types,
    from: address(name),
    typesFrom: address(`${name}_types`),
    async [Symbol.asyncDispose]() {
      await workspace.dropDatabase();
      await types.dropDatabase();
      await client.close();
    },
  };
}

async function fill(db: Db, folder: URL): Promise<void> {
  for (const file of readdirSync(folder)) {
    const documents = linesOf(new URL(file, folder)).map(
      (line) => BSON.EJSON.parse(line, { relaxed: false }) as Document,
    );
    await db.collection(file.replace('.jsonl.gz', '')).insertMany(documents);
  }
}

const linesOf = (file: URL) => gunzipSync(readFileSync(file)).toString('utf8').split('\n').filter(Boolean);
