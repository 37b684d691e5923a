import { KBASE_TABLES } from '../../domain/imports/kbaseTables.ts';
import { type CollectionMapping, conversions, type FieldMapping } from '../../domain/imports/mapping.ts';

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
  const rows = fields.flatMap((field) => rowsOf(field, ''));
  return ['', `## ${collection}`, '', target, '', '| field | becomes | how |', '|---|---|---|', ...rows];
}

/** The row of a field, and those of the documents in it. @param within their place, with a dot at its end */
function rowsOf(field: FieldMapping, within: string): string[] {
  const from = `\`${within}${field.from}\``;
  if ('why' in field) return [`| ${from} | | dropped: ${field.why} |`];
  const inner = (field.items ?? []).flatMap((item) => rowsOf(item, `${within}${field.from}[].`));
  return [`| ${from} | \`${field.to}\` | ${conversions[field.as].says} |`, ...inner];
}
