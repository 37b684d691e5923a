import { allMethods } from '../operations/index.ts';
import type { Method } from '../operations/operation.ts';
import type { MethodShape } from './door.ts';

export const ADMINISTER: MethodShape = {
  name: 'Workspace.administer',
  auth: 'required',
  paramCount: 1,
  returnsValue: true,
};

const methods: ReadonlyMap<string, Method> = new Map(allMethods.map((m) => [m.name, m]));

/** How the method of this full name is called; undefined when there is none. */
export function shapeOf(name: string): MethodShape | undefined {
  if (name === ADMINISTER.name) return ADMINISTER;
  const found = methods.get(name);
  return found && { ...found, paramCount: paramCountOf(found), heavy: isHeavy(found) };
}

/** A write without a declared lane may be long. */
const isHeavy = (method: Method): boolean =>
  method.effect === 'write' && (method.lane === undefined || method.lane === 'none');

function paramCountOf({ params, positional }: Method): number {
  return positional?.length ?? (params === undefined ? 0 : 1);
}
