/** The module that the path of an `#include` line names, such as Mod for `dir/Mod.spec`. */
export function moduleOfPath(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return (file.split('.')[0] ?? '').trim();
}
