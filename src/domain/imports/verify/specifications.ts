import { StewardError } from '../../../base/errors.ts';
import { compiledVersions } from '../../modules/compile.ts';
import { jsonSchemaOf } from '../../modules/kidl/jsonSchema.ts';
import { modules, moduleVersions, types, versionId } from '../../modules/module.ts';
import type { Comparison } from './comparison.ts';

const CHECK = 'specifications';

/** Compiles every specification here again, and compares the JSON Schema of each type with the stored one. */
export async function verifySpecifications(comparison: Comparison): Promise<void> {
  const names = await comparison.database.parts(modules, {}, { fields: [], sort: { _id: 1 } });
  for (const { _id: name } of names) await verifyModule(comparison, name);
}

async function verifyModule(comparison: Comparison, name: string): Promise<void> {
  const { database } = comparison;
  const compiled = compiledVersions(database, name);
  const bad = new Set<number>();
  const stored = await database.parts(moduleVersions, { module: { $eq: name } }, { fields: ['version'] });
  for (const { version } of stored) {
    try {
      await compiled(version);
    } catch (error) {
      if (!(error instanceof StewardError)) throw error;
      bad.add(version);
      comparison.differs(CHECK, versionId(name, version), `it does not compile: ${error.message}`);
    }
  }
  const own = { fields: ['name', 'madeIn', 'schema'], sort: { _id: 1 } } as const;
  for (const type of await database.parts(types, { module: { $eq: name } }, own)) {
    const isThere = stored.some(({ version }) => version === type.madeIn);
    if (!isThere) comparison.differs(CHECK, type._id, `its version ${type.madeIn} of the module is missing here`);
    if (!isThere || bad.has(type.madeIn)) continue;
    const typedef = (await compiled(type.madeIn)).typedefs.get(type.name);
    if (typedef === undefined) comparison.differs(CHECK, type._id, 'the specification does not define this type');
    else if (jsonSchemaOf(typedef) !== type.schema)
      comparison.differs(CHECK, type._id, 'its specification compiles to another JSON Schema than the stored one');
  }
  comparison.count(CHECK, { here: stored.length });
}
