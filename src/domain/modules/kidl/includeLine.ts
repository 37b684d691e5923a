/** The module that the path of an `#include` line names: `dir/Mod.spec` means the module Mod, wherever the file was. */
export function moduleOfPath(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return (file.split('.')[0] ?? '').trim();
}
