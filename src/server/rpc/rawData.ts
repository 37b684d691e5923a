import { fullMethodName } from './envelope.ts';

/**
 * Where in a request the data of objects stands that are to be saved: `params[0].objects[i].data` of `save_objects`,
 * `params[0].data` of `save_object`, and `params[0].params.objects[i].data` of the command `saveObjects`.
 */
export type Place =
  | 'batch'
  | 'envelope'
  | 'paramsList'
  | 'params'
  | 'commandParams'
  | 'objects'
  | 'object'
  | 'elsewhere';

const METHODS = new Set(['Workspace.save_objects', 'Workspace.save_object']);
const COMMAND = 'saveObjects';

interface Around {
  readonly place: Place;
  readonly key: string;
}

/** The place of an object or a list inside of what is around it; of the body itself, without one. */
export function placeIn(around: Around | undefined, isObject: boolean): Place {
  if (around === undefined) return isObject ? 'envelope' : 'batch';
  const { place, key } = around;
  switch (place) {
    case 'batch':
      return isObject ? 'envelope' : 'elsewhere';
    case 'envelope':
      if (key !== 'params') return 'elsewhere';
      return isObject ? 'params' : 'paramsList';
    case 'paramsList':
      return isObject ? 'params' : 'elsewhere';
    case 'params':
      if (key === 'params' && isObject) return 'commandParams';
      return key === 'objects' && !isObject ? 'objects' : 'elsewhere';
    case 'commandParams':
      return key === 'objects' && !isObject ? 'objects' : 'elsewhere';
    case 'objects':
      return isObject ? 'object' : 'elsewhere';
    default:
      return 'elsewhere';
  }
}

export function isDataOfObjects(place: Place, key: string): boolean {
  return key === 'data' && (place === 'object' || place === 'params');
}

/** Whether this request saves objects. */
export function savesObjects({ method, params }: Readonly<Record<string, unknown>>): boolean {
  if (typeof method !== 'string') return false;
  const name = fullMethodName(method);
  if (name !== 'Workspace.administer') return METHODS.has(name);
  const [object] = Array.isArray(params) ? params : [params];
  return (
    object !== null && typeof object === 'object' && Object.hasOwn(object, 'command') && object.command === COMMAND
  );
}
