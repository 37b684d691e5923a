import { moduleOfPath } from './kidl/includeLine.ts';

/** A specification as it is kept, and the modules that it includes. */
export interface SpecText {
  readonly text: string;
  readonly includes: readonly string[];
}

/**
 * The text with `\n` at the end of every line, and with each `#include` at its head naming nothing but a module:
 * `#include <dir/Mod.spec>` means the module Mod, wherever the file was.
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
