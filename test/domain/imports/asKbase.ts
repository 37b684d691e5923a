import { BSON, type Db, type Document, ObjectId } from 'mongodb';

const { Int32, Long } = BSON;
const CHUNK_BYTES = 261_120;
const LEVELS: Readonly<Record<string, number>> = { read: 10, write: 20, admin: 30 };

/**
 * Writes the workspaces of a house from this number on as the KBase Workspace Service stores them, beside what is in its
 * database already. Their types must be there.
 */
export async function writeAsKbase(house: Db, kbase: Db, from: number): Promise<void> {
  const people = await house.collection<Named>('principals').find().toArray();
  const names = new Map(people.map(({ _id, username }) => [String(_id), username]));
  const nameOf = (id: string) => names.get(id) ?? id;
  const newer = { ws: { $gte: from } };
  const spaces = await house.collection('workspaces').find({ number: newer.ws }).toArray();
  const heads = new Map((await house.collection<Named>('heads').find(newer).toArray()).map((h) => [h.ws, h]));
  const objects = await house.collection<Named>('objects').find(newer).toArray();
  const versions = await house.collection<Named>('versions').find(newer).toArray();
  const references = versions.flatMap((v) => [...new Set([...(v.refs ?? []), ...(v.provenanceRefs ?? [])])]);
  const isDeleted = new Map(spaces.map((w) => [w.number, w]));
  for (const w of spaces) {
    await kbase.collection('workspaces').insertOne({
      ...{ ws: Long.fromNumber(w.number), owner: nameOf(w.owners[0]), name: w.name, del: w.deleted },
      ...{ moddate: later(w.modifiedAt, heads.get(w.number)?.savedAt), desc: w.description ?? null, lock: w.locked },
      ...{ numObj: Long.fromNumber(heads.get(w.number)?.lastObject ?? 0), meta: pairs(w.meta) },
    });
    const rows = [
      ...w.owners.map((owner: string) => [nameOf(owner), 40]),
      ...w.grants.map(({ principal, level }: Document) => [nameOf(principal), LEVELS[level]]),
      ...(w.visibility === 'public' ? [['*', 10]] : []),
    ];
    const id = Long.fromNumber(w.number);
    await kbase
      .collection('workspaceACLs')
      .insertMany(rows.map(([user, perm]) => ({ id, user, perm: new Int32(perm) })));
  }
  for (const o of objects) {
    const w = isDeleted.get(o.ws);
    const own = versions.filter((v) => v.ws === o.ws && v.id === o.id).sort((a, b) => a.version - b.version);
    const counts = own.map((v) => references.filter((r) => r === `${v.ws}/${v.id}/${v.version}`).length);
    await kbase.collection('workspaceObjects').insertOne({
      ...{ ws: Long.fromNumber(o.ws), id: Long.fromNumber(o.id), numver: new Int32(o.latest), name: o.name },
      ...{ refcnt: counts.map((count) => new Int32(count)), latest: null, hide: o.hidden, moddate: o.modifiedAt },
      // To restore a workspace restores its objects.
      del: w?.deleted === true || (o.deleted && (o.deletedIn ?? 0) === (w?.undeletions ?? 0)),
    });
  }
  for (const v of versions) await writeVersion(kbase, v, nameOf);
  for (const checksum of new Set(versions.map((v) => v.checksum))) await writeData(house, kbase, checksum);
  const last = Math.max(...spaces.map((w) => w.number));
  await kbase.collection('workspaceCounter').updateOne({}, { $set: { num: Long.fromNumber(last) } });
}

/** A document of Steward, whose shape the test of the import knows. */
// biome-ignore lint/suspicious/noExplicitAny: it is read as the import writes it
type Named = any;

const later = (a: Date, b: Date | undefined) => (b !== undefined && b > a ? b : a);
const pairs = (meta: readonly { key: string; value: string }[] = []) =>
  meta.map(({ key, value }) => ({ k: key, v: value }));

async function writeVersion(kbase: Db, v: Named, nameOf: (id: string) => string): Promise<void> {
  const origin = v.origin ?? { savedBy: v.savedBy, ws: v.ws, savedAt: v.savedAt };
  const actions = BSON.EJSON.parse(typed(v.provenance), { relaxed: false }) as Document[];
  const provenance = new ObjectId();
  await kbase.collection('provenance').insertOne({
    ...{ _id: provenance, user: nameOf(origin.savedBy), wsid: Long.fromNumber(origin.ws), date: origin.savedAt },
    actions: actions.map(storedAction),
  });
  await kbase.collection('workspaceObjVersions').insertOne({
    ...{ ws: Long.fromNumber(v.ws), id: Long.fromNumber(v.id), ver: new Int32(v.version), type: v.type },
    ...{ tyname: v.typeName, tymaj: new Int32(v.typeMajor), tymin: new Int32(v.typeMinor) },
    ...{ savedby: nameOf(v.savedBy), savedate: v.savedAt, chksum: v.checksum, size: Long.fromNumber(v.size) },
    ...{ meta: pairs(v.meta), adminmeta: pairs(v.adminMeta), refs: v.refs ?? [], provenance },
    provrefs: actions.flatMap((action) => action.resolved_ws_objects ?? []),
    extids: Object.fromEntries(v.extractedIds.map(({ type, ids }: Named) => [type, ids])),
    ...{ copied: v.copiedFrom ?? null, revert: v.revertedFrom === undefined ? null : new Int32(v.revertedFrom) },
  });
}

/** JSON, with its whole numbers and doubles as canonical Extended JSON. */
const typed = (json: string): string =>
  json.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
    if (token.startsWith('"')) return token;
    if (!/^-?\d+$/.test(token)) return `{"$numberDouble":"${token}"}`;
    return Math.abs(Number(token)) < 2 ** 31 ? `{"$numberInt":"${token}"}` : `{"$numberLong":"${token}"}`;
  });

function storedAction(action: Document): Document {
  return {
    ...{ time: instant(action.epoch), caller: text(action.caller), service: text(action.service) },
    ...{ serviceVersion: text(action.service_ver), method: text(action.method) },
    ...{ methodParameters: action.method_params, script: text(action.script), scriptVersion: text(action.script_ver) },
    ...{ commandLine: text(action.script_command_line), wsobjs: action.input_ws_objects },
    ...{ incomingArgs: action.intermediate_incoming, outgoingArgs: action.intermediate_outgoing },
    externalData: action.external_data.map((unit: Document) => ({
      ...{ resourceName: text(unit.resource_name), resourceUrl: text(unit.resource_url) },
      ...{ resourceVersion: text(unit.resource_version), resourceReleaseDate: instant(unit.resource_release_epoch) },
      ...{ dataUrl: text(unit.data_url), dataId: text(unit.data_id), description: text(unit.description) },
    })),
    subActions: action.subactions.map((one: Document) => ({
      ...{ name: text(one.name), ver: text(one.ver), codeUrl: text(one.code_url), commit: text(one.commit) },
      endpointUrl: text(one.endpoint_url),
    })),
    ...{ custom: action.custom, description: text(action.description) },
  };
}

const text = (value: unknown) => value ?? null;
const instant = (epoch: unknown) => (epoch === undefined ? null : new Date(Number(epoch)));

async function writeData(house: Db, kbase: Db, checksum: string): Promise<void> {
  if ((await kbase.collection<Named>('fs.files').countDocuments({ _id: checksum })) > 0) return;
  const content = await house.collection<Named>('contents').findOne({ _id: checksum }, { promoteBuffers: true });
  const bytes: Buffer = content.inline;
  const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, n) => ({
    ...{ files_id: checksum, n: new Int32(n), data: bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES) },
  }));
  await kbase.collection('fs.chunks').insertMany(chunks);
  await kbase.collection<Named>('fs.files').insertOne({
    ...{ _id: checksum, filename: checksum, length: Long.fromNumber(bytes.length), chunkSize: new Int32(CHUNK_BYTES) },
    ...{ uploadDate: content.createdAt, metadata: { sorted: true } },
  });
}
