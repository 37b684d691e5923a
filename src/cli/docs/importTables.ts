import { KBASE_TABLES } from '../../domain/imports/kbaseTables.ts';
import { type CollectionMapping, conversions } from '../../domain/imports/mapping.ts';

/** The page with the tables of what an import makes of each field. */
export function importTablesPage(): string {
  return [
    '# What becomes of each field of KBase',
    '',
    'Generated from the tables by which [steward import kbase](../importing.md) works. A collection or field that is in no',
    'table stops the import.',
    ...KBASE_TABLES.flatMap(sectionOf),
    '',
  ].join('\n');
}

function sectionOf({ collection, into, fields }: CollectionMapping): string[] {
  const target = into === undefined ? 'Dropped.' : `Becomes \`${into}\`.`;
  if (fields.length === 0) return ['', `## ${collection}`, '', target];
  const rows = fields.map((field) =>
    'why' in field
      ? `| \`${field.from}\` | | dropped: ${field.why} |`
      : `| \`${field.from}\` | \`${field.to}\` | ${conversions[field.as].says} |`,
  );
  return ['', `## ${collection}`, '', target, '', '| field | becomes | how |', '|---|---|---|', ...rows];
}
