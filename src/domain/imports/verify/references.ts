import type { Part } from '../../../store/collection.ts';
import { contents } from '../../objects/content.ts';
import { type Reference, referenceTo, type StoredVersion, versions } from '../../objects/object.ts';
import type { Comparison } from './comparison.ts';

const CHECK = 'references';
const PAGE = 1_000;
const PAGE_BYTES = 16_000_000;
const fields = [
  ...(['ws', 'id', 'version', 'checksum', 'size'] as const),
  ...(['refs', 'provenanceRefs', 'copiedFrom'] as const),
] as const;

type VersionPart = Part<StoredVersion, (typeof fields)[number]>;

/** Checks that every version here has its data, and that what it refers to is here. */
export async function verifyReferences(comparison: Comparison): Promise<void> {
  const { database } = comparison;
  for (let after = ''; ; ) {
    const page = await database.parts(
      versions,
      { _id: { $gt: after } },
      { fields, sort: { _id: 1 }, limit: PAGE, maxBytes: PAGE_BYTES },
    );
    const last = page.at(-1);
    if (last === undefined) return;
    after = last._id;
    await verifyTargets(comparison, page);
    await verifyDataOf(comparison, page);
  }
}

async function verifyTargets(comparison: Comparison, page: readonly VersionPart[]): Promise<void> {
  const targets = [...new Set(page.flatMap(referencesOf))];
  const found = new Set<string>();
  for (let i = 0; i < targets.length; i += PAGE) {
    const ids = targets.slice(i, i + PAGE).map((target) => `ws${target}`);
    for (const { _id } of await comparison.database.parts(versions, { _id: { $in: ids } }, { fields: [] })) {
      found.add(_id);
    }
  }
  for (const version of page) {
    for (const target of referencesOf(version)) {
      if (found.has(`ws${target}`)) continue;
      comparison.differs(CHECK, referenceTo(version), `it refers to ${target}, which does not exist here`);
    }
  }
  comparison.count(CHECK, { here: page.reduce((sum, version) => sum + referencesOf(version).length, 0) });
}

const referencesOf = ({ refs = [], provenanceRefs = [], copiedFrom }: VersionPart): Reference[] => [
  ...refs,
  ...provenanceRefs,
  ...(copiedFrom === undefined ? [] : [copiedFrom]),
];

async function verifyDataOf(comparison: Comparison, page: readonly VersionPart[]): Promise<void> {
  const checksums = [...new Set(page.map(({ checksum }) => checksum))];
  const found = await comparison.database.parts(contents, { _id: { $in: checksums } }, { fields: ['size'] });
  const sizes = new Map(found.map(({ _id, size }) => [_id, size]));
  for (const version of page) {
    const size = sizes.get(version.checksum);
    if (size === version.size) continue;
    const why = size === undefined ? 'is missing here' : `has ${size} bytes instead of ${version.size}`;
    comparison.differs('data', referenceTo(version), `its data ${version.checksum} ${why}`);
  }
}
