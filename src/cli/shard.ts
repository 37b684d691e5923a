import { loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { withFiles } from '../store/setup.ts';
import { shardScript } from '../store/shards.ts';

interface Options {
  readonly config?: string;
}

/** Prints the commands for mongosh that spread the database over the shards of a cluster. */
export async function shard({ config: file }: Options): Promise<void> {
  const { config } = loadConfig({ env: process.env, ...defined({ file }) });
  const { collections } = await import('../server/assemble.ts');
  for (const line of shardScript(config['mongodb-database'], withFiles(collections))) console.log(line);
}
