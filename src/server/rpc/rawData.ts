import { contentPaths } from '../../base/schemas/generated.ts';
import { fullMethodName } from './envelope.ts';

/**
 * The reader's place in a request: in the envelope, on the path to content, which is stored as it is, or elsewhere. The
 * paths are those of all commands and methods, since the name may come after the parameters.
 */
export type Place = 'batch' | 'envelope' | 'paramsList' | 'elsewhere' | ContentPlace;

/** An object on the path to content, with its keys, or a list, with its items. `content` is the content itself. */
interface ContentPlace {
  readonly keys: Map<string, ContentPlace | 'content'>;
  items?: ContentPlace;
}

/** The keys whose values are content, somewhere in the parameters of a command or method. */
export const CONTENT_NAMES: readonly string[] = [
  ...new Set(
    [...Object.values(contentPaths.methods), ...Object.values(contentPaths.commands)]
      .flat()
      .flatMap((path) => path.slice(-1)),
  ),
];

interface Parent {
  readonly place: Place;
  readonly key: string;
}

const MODULE = 'Workspace.';
const ADMINISTER = 'Workspace.administer';

/** The paths in the parameters of every method, and of every command, below `params` of the command object. */
const params: ContentPlace = { keys: new Map() };
for (const path of Object.values(contentPaths.methods).flat()) addPath(params, path);
for (const path of Object.values(contentPaths.commands).flat()) addPath(params, ['params', ...path]);

function addPath(from: ContentPlace, [step = '', ...rest]: readonly string[]): void {
  if (rest.length === 0) {
    from.keys.set(step, 'content');
    return;
  }
  if (step === '*') {
    from.items ??= { keys: new Map() };
    addPath(from.items, rest);
    return;
  }
  const known = from.keys.get(step);
  const next = known === undefined || known === 'content' ? { keys: new Map() } : known;
  from.keys.set(step, next);
  addPath(next, rest);
}

/** The place of an object or a list in its parent; of the body itself, which has none. */
export function placeIn(parent: Parent | undefined, isObject: boolean): Place {
  if (parent === undefined) return isObject ? 'envelope' : 'batch';
  const { place, key } = parent;
  switch (place) {
    case 'batch':
      return isObject ? 'envelope' : 'elsewhere';
    case 'envelope':
      if (key !== 'params') return 'elsewhere';
      return isObject ? params : 'paramsList';
    case 'paramsList':
      return isObject ? params : 'elsewhere';
    case 'elsewhere':
      return 'elsewhere';
    default:
      return inside(place, key, isObject);
  }
}

function inside({ items, keys }: ContentPlace, key: string, isObject: boolean): Place {
  const found = items ?? keys.get(key);
  if (found === undefined || found === 'content') return 'elsewhere';
  return isObject === (found.items === undefined) ? found : 'elsewhere';
}

export function isContentAt(place: Place, key: string): boolean {
  return typeof place === 'object' && place.keys.get(key) === 'content';
}

/** Whether the command or method of this request stores content. */
export function storesContent({ method, params: sent }: Readonly<Record<string, unknown>>): boolean {
  if (typeof method !== 'string') return false;
  const name = fullMethodName(method);
  if (name !== ADMINISTER) {
    return name.startsWith(MODULE) && Object.hasOwn(contentPaths.methods, name.slice(MODULE.length));
  }
  const [object] = Array.isArray(sent) ? sent : [sent];
  if (object === null || typeof object !== 'object' || !Object.hasOwn(object, 'command')) return false;
  return typeof object.command === 'string' && Object.hasOwn(contentPaths.commands, object.command);
}
