import { allMethods } from '../operations/index.ts';
import type { Method } from '../operations/operation.ts';
import type { MethodShape } from './door.ts';

export const ADMINISTER: MethodShape = {
  name: 'Workspace.administer',
  auth: 'required',
  paramCount: 1,
  returnsValue: true,
};

const shapes: ReadonlyMap<string, MethodShape> = new Map(
  [...allMethods.map((m) => ({ ...m, paramCount: paramCountOf(m), heavy: isHeavy(m) })), ADMINISTER].map((shape) => [
    shape.name,
    shape,
  ]),
);

/** How the method of this full name is called; undefined when there is none. */
export function shapeOf(name: string): MethodShape | undefined {
  return shapes.get(name);
}

/** A write without a declared lane may be long. */
function isHeavy(method: Method): boolean {
  return method.effect === 'write' && (method.lane === undefined || method.lane === 'none');
}

function paramCountOf({ params, positional }: Method): number {
  return positional?.length ?? (params === undefined ? 0 : 1);
}
