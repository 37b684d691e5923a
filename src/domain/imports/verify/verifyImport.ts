import { OperatorError } from '../../../base/errors.ts';
import type { Database } from '../../../store/database.ts';
import { functionStep, typeStep } from '../definitionSteps.ts';
import { moduleStep, moduleVersionStep } from '../moduleSteps.ts';
import { objectStep } from '../objectStep.ts';
import { imports, KBASE_IMPORT } from '../progress.ts';
import { requestStep } from '../requestStep.ts';
import type { DocumentStep } from '../step.ts';
import { versionStep } from '../versionStep.ts';
import { workspaceStep } from '../workspaceStep.ts';
import { compareAccess } from './access.ts';
import { Comparison, type VerifyReport } from './comparison.ts';
import { verifyData } from './data.ts';
import { compareDocuments } from './documents.ts';
import { verifyReferences } from './references.ts';
import { compareSettings } from './settings.ts';
import { verifySpecifications } from './specifications.ts';

const DOCUMENT_STEPS: readonly DocumentStep[] = [
  ...[moduleVersionStep, typeStep, functionStep, moduleStep, requestStep],
  ...[workspaceStep, objectStep, versionStep],
];

/**
 * Compares everything here with KBase's databases: every document with all its fields, permissions user by user, the
 * checksums of all data, what references lead to, and the types as their specifications compile. It only reads.
 *
 * @throws OperatorError if nothing was imported from there, or the import is not complete
 */
export async function verifyImport(options: ConstructorParameters<typeof Comparison>[0]): Promise<VerifyReport> {
  const comparison = new Comparison(options);
  await assertImported(options.database, options.sources.workspace.place);
  for (const step of DOCUMENT_STEPS) await compareDocuments(comparison, step);
  await compareAccess(comparison);
  await compareSettings(comparison);
  await verifyReferences(comparison);
  await verifyData(comparison);
  await verifySpecifications(comparison);
  return comparison.result();
}

/** @throws OperatorError */
async function assertImported(database: Database, source: string): Promise<void> {
  const progress = await database.get(imports, KBASE_IMPORT);
  if (progress?.source !== source) {
    const found = progress === null ? 'Nothing was imported here' : `This house was imported from ${progress.source}`;
    throw new OperatorError(`${found}, so that it cannot be compared with ${source}.`);
  }
  if (progress.state !== 'done') {
    throw new OperatorError('The import is not complete. Run steward import kbase again, which continues it.');
  }
}
