import { refuse } from '../../base/errors.ts';
import { moduleOfPath } from './kidl/includeLine.ts';

/** A specification as it is stored, and the modules that it includes. */
export interface SpecText {
  readonly text: string;
  readonly includes: readonly string[];
}

const INCLUDE = '#include';
const WRONG_INCLUDE =
  'Unexpected error during parsing of spec-file include declarations: ' +
  'Wrong include structure (it should be ...<file_path>): ';

/**
 * Normalises a specification: every line ends in `\n`, and each `#include` at its head names only the module, such as
 * Mod for `#include <dir/Mod.spec>`.
 *
 * @throws spec_refused
 */
export function specText(spec: string): SpecText {
  const includes = new Set<string>();
  let inHead = true;
  const lines = spec.split(/\r\n|\r|\n/).map((line) => {
    if (!inHead || line.trim() === '') return line;
    inHead = line.startsWith(INCLUDE);
    if (!inHead) return line;
    const named = line.slice(INCLUDE.length).trim();
    const [, path] = /^<([^>]{0,300})>$/.exec(named) ?? [];
    if (path === undefined) throw refuse('spec_refused', `${WRONG_INCLUDE}${named}`);
    const module = moduleOfPath(path);
    includes.add(module);
    return `#include <${module}.types>`;
  });
  if (lines.at(-1) === '') lines.pop();
  return { text: `${lines.join('\n')}\n`, includes: [...includes] };
}
