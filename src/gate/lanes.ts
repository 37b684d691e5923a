import type { Command } from '../operations/operation.ts';
import type { DocumentLane, LaneName } from '../store/transact.ts';

/**
 * The parameters that may name the document that a write changes, the most contended first: parents and receivers,
 * which many calls change at the same time, come before the object itself.
 */
const KEYS = ['parents', 'parentId', 'owner', 'to', 'wsi', 'mod', 'module', 'externalId', 'id', 'workspace'].concat([
  ...['ids', 'workspaces', 'resources', 'object', 'collections', 'manifests', 'obj', 'objects', 'ref', 'updates'],
]);

/** Longer names have no lane. */
const MAX_LENGTH = 300;

/** The lane of a write, as an option of its transaction: the declared one, or else that of the document it names. */
export function laneOf(
  { lane }: Pick<Extract<Command, { effect: 'write' }>, 'lane'>,
  params: unknown,
  prepared: unknown,
): { readonly lane?: LaneName } {
  if (lane === 'none') return {};
  const name = lane === undefined ? documentLane(params) : typeof lane === 'function' ? lane(prepared as never) : lane;
  return name === undefined ? {} : { lane: name };
}

/**
 * The lane of the calls that name the same document in the same way. Calls that name it in another way, or that run on
 * another instance, may still conflict with these, and are then repeated.
 */
function documentLane(params: unknown): DocumentLane | undefined {
  const document = documentIn(params);
  if (document === undefined) return undefined;
  const text = JSON.stringify(document);
  return text.length > MAX_LENGTH ? undefined : `document ${text}`;
}

function documentIn(params: unknown): unknown {
  if (typeof params === 'string') return params;
  if (params === null || typeof params !== 'object') return undefined;
  if (Array.isArray(params)) return params[0];
  for (const key of KEYS) {
    const value: unknown = Reflect.get(params, key);
    const named = Array.isArray(value) ? value[0] : value;
    // In IIIF parameters `object` is content, and names no document.
    if (named === undefined || named === null || (key === 'object' && typeof named !== 'string')) continue;
    return named;
  }
  return undefined;
}
