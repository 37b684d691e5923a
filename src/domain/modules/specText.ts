import { moduleOfPath } from './kidl/includeLine.ts';

/** A specification as it is stored, and the modules that it includes. */
export interface SpecText {
  readonly text: string;
  readonly includes: readonly string[];
}

/**
 * Normalises a specification: every line ends in `\n`, and each `#include` at its head names only the module, such as
 * Mod for `#include <dir/Mod.spec>`.
 */
export function specText(spec: string): SpecText {
  const includes = new Set<string>();
  let inHead = true;
  const lines = spec.split(/\r\n|\r|\n/).map((line) => {
    if (!inHead || line.trim() === '') return line;
    const [, path] = /^#include[ \t]{0,100}<([^>]{0,300})>[ \t]*$/.exec(line) ?? [];
    inHead = path !== undefined;
    if (path === undefined) return line;
    const module = moduleOfPath(path);
    includes.add(module);
    return `#include <${module}.types>`;
  });
  if (lines.at(-1) === '') lines.pop();
  return { text: `${lines.join('\n')}\n`, includes: [...includes] };
}
