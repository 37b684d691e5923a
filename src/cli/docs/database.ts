import { collections } from '../../server/assemble.ts';
import { actionsOn, SERVICE_ROLE } from '../../store/serviceRole.ts';
import { withFiles } from '../../store/setup.ts';
import { code, generatedPage, table } from './markdown.ts';

const INTRODUCTION = `The collections of the database, and what the role ${code(SERVICE_ROLE)} allows in each: everything
that the account of the service needs, and nothing else. On the whole database it allows ${code('listCollections')}.
[Operating](../operating.md#an-account-that-cannot-change-the-audit) says how ${code('steward setup-database')} makes it.`;

export function databasePage(): string {
  const rows = withFiles(collections)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((of) => [code(of.name), of.insertOnly ? 'no' : 'yes', actionsOn(of).map(code).join(', ')]);
  const head = ['collection', 'documents are changed', 'actions'];
  return generatedPage('Collections and rights', [INTRODUCTION, table(head, rows)]);
}
