import { OperatorError } from '../../base/errors.ts';
import { type ForeignDocument, typedNumber } from '../../store/foreignDatabase.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type StoredVersion, versionId, versions } from '../objects/object.ts';
import { allOf } from './allOf.ts';
import { copyData } from './copyData.ts';
import { belongingTo } from './pages.ts';
import { provenanceTextOf } from './provenanceText.ts';
import {
  type Converted,
  type DocumentStep,
  metaOf,
  number,
  readInOrder,
  type Sources,
  text,
  type UserIds,
  type Wanted,
} from './step.ts';

const idOfVersion = (v: ForeignDocument) => versionId(number(v, 'ws'), number(v, 'id'), number(v, 'ver'));

/** Versions of objects with their provenance and their data. Of those that are there, only `adminMeta` can change. */
export const versionStep: DocumentStep = {
  name: 'versions',
  collection: 'workspaceObjVersions',
  database: 'workspace',
  into: versions,

  async *read({ workspace, excluded }, after) {
    const keys = ['ws', 'id', 'ver'];
    for await (const items of readInOrder(workspace, 'workspaceObjVersions', { keys, after })) {
      yield items.filter(({ document }) => !excluded.hasObject(document.ws, document.id));
    }
  },

  convert: (sources, items) =>
    convertVersions(
      sources,
      items.map(({ document }) => document),
    ),

  sourceOf: (document) => {
    const { ws, id, version: ver } = document as StoredVersion;
    return { ws, id, ver };
  },

  async prepare(context, items) {
    const found = items.map(({ document }) => document);
    const there = await context.database.parts(
      versions,
      { _id: { $in: found.map(idOfVersion) } },
      { fields: ['adminMeta'] },
    );
    const known = new Set(there.map(({ _id }) => _id));
    const added = found.filter((v) => !known.has(idOfVersion(v)));
    const [{ users, documents }] = await allOf([convertVersions(context, added), copyData(context, added)]);
    return {
      users,
      async write(tx: Transaction, idOf: UserIds) {
        await tx.insertEach(versions, documents(idOf));
        const before = tx.changes.length;
        const byId = new Map(found.map((v) => [idOfVersion(v), v]));
        await tx.updateEach(
          versions,
          there.map((present) => {
            const after = { ...present, adminMeta: metaOf(byId.get(present._id)?.adminmeta) };
            return { before: present, after };
          }),
        );
        return { added: added.length, changed: tx.changes.length - before };
      },
    };
  },
};

async function convertVersions(sources: Sources, found: readonly ForeignDocument[]): Promise<Converted<StoredVersion>> {
  const provenances = await provenancesOf(sources, found);
  return {
    users: found.flatMap((v) => [text(v, 'savedby'), provenanceIn(provenances, v).user]),
    documents: (idOf) => found.map((v) => versionOf(v, provenanceIn(provenances, v), idOf)),
  };
}

interface Provenance {
  readonly user: string;
  readonly ws: number;
  readonly date: Date;
  readonly actions: readonly ForeignDocument[];
}

async function provenancesOf(
  { workspace }: Sources,
  found: readonly ForeignDocument[],
): Promise<ReadonlyMap<string, Provenance>> {
  if (found.length === 0) return new Map();
  const provenances = new Map<string, Provenance>();
  const filter = { _id: { $in: [...new Map(found.map((v) => [String(v.provenance), v.provenance])).values()] } };
  const pages = workspace.pages('provenance', { filter, keepsNumberTypes: true });
  for await (const one of belongingTo(found.length, pages)) {
    const ws = typedNumber(one.wsid);
    provenances.set(String(one._id), {
      user: text(one, 'user'),
      ws: ws !== undefined && 'whole' in ws ? Number(ws.whole) : Number(one.wsid),
      date: one.date as Date,
      actions: (one.actions ?? []) as readonly ForeignDocument[],
    });
  }
  return provenances;
}

function provenanceIn(provenances: ReadonlyMap<string, Provenance>, v: ForeignDocument): Provenance {
  const found = provenances.get(String(v.provenance));
  if (found === undefined)
    throw new OperatorError(`KBase's database lacks the provenance of ${v.ws}/${v.id}/${v.ver}.`);
  return found;
}

function versionOf(v: ForeignDocument, provenance: Provenance, idOf: UserIds): Wanted<StoredVersion> {
  const [typeName, typeMajor, typeMinor] = [text(v, 'tyname'), number(v, 'tymaj'), number(v, 'tymin')];
  const meta = metaOf(v.meta);
  const refs = (v.refs ?? []) as string[];
  const resolved = (v.provrefs ?? []) as string[];
  const extracted = Object.entries((v.extids ?? {}) as Record<string, string[]>);
  return {
    _id: idOfVersion(v),
    ws: number(v, 'ws'),
    id: number(v, 'id'),
    version: number(v, 'ver'),
    type: `${typeName}-${typeMajor}.${typeMinor}`,
    typeName,
    typeMajor,
    typeMinor,
    savedBy: idOf(text(v, 'savedby')),
    savedAt: v.savedate as Date,
    checksum: text(v, 'chksum'),
    size: number(v, 'size'),
    ...(meta.length === 0 ? {} : { meta }),
    ...(refs.length === 0 ? {} : { refs: [...new Set(refs)] }),
    ...(resolved.length === 0 ? {} : { provenanceRefs: [...new Set(resolved)] }),
    adminMeta: metaOf(v.adminmeta),
    provenance: provenanceTextOf(provenance.actions, resolved),
    extractedIds: extracted.map(([type, ids]) => ({ type, ids })),
    origin: { savedBy: idOf(provenance.user), ws: provenance.ws, savedAt: provenance.date },
    ...(typeof v.copied === 'string' ? { copiedFrom: v.copied } : {}),
    ...(typeof v.revert === 'number' ? { revertedFrom: v.revert } : {}),
  };
}
