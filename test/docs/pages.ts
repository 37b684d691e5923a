import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The page whose links give the order in which the documentation is read. */
const INDEX = 'docs/README.md';

export interface Page {
  /** Relative to the checkout. */
  readonly file: string;
  readonly text: string;
}

/** A fenced block. */
export interface Block {
  readonly file: string;
  /** The line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** The file that the block is to be saved as: ```` ```ini title="deploy.cfg" ````. */
  readonly title: string | undefined;
  readonly text: string;
  /** Where its text stands in the page. */
  readonly start: number;
}

const pageOf = (file: string): Page => ({ file, text: readFileSync(join(ROOT, file), 'utf8') });

/** README.md, the index, the pages that it links in their order, and what stands beside the README. */
export function pagesInOrder(): Page[] {
  const index = pageOf(INDEX);
  const linked = linksOf(index).filter(({ path }) => path.startsWith('docs/') && path !== INDEX);
  const files = [
    'README.md',
    INDEX,
    ...linked.map(({ path }) => path),
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
  ];
  return [...new Set(files)].map(pageOf);
}

/** Every page of the documentation there is. */
export function allPages(): Page[] {
  const below = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const top = readdirSync(ROOT).filter((file) => file.endsWith('.md'));
  const files = [...top, ...below.filter((file) => file.endsWith('.md')).map((file) => posix.join('docs', file))];
  return files.sort().map(pageOf);
}

export function blocksOf({ file, text }: Page): Block[] {
  return [...text.matchAll(/^```(\w*)([^\n]*)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = '', 2: info = '', 3: body = '' }) => ({
      file,
      line: text.slice(0, index).split('\n').length,
      language,
      title: /title="([^"]+)"/.exec(info)?.[1],
      text: body,
      start: index + 3 + language.length + info.length + 1,
    }),
  );
}

/** The programs of a page in a language that have a title, under which they are saved. */
export function programsOf(file: string, language: string): { readonly title: string; readonly text: string }[] {
  return blocksOf(pageOf(file)).flatMap((block) =>
    block.language === language && block.title !== undefined ? [{ title: block.title, text: block.text }] : [],
  );
}

/** The links of a page to files of the checkout. */
export function linksOf({ file, text }: Page): { readonly path: string; readonly anchor: string | undefined }[] {
  const prose = text.replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, path = '', anchor]) => ({
    path: path === '' ? file : posix.join(dirname(file), path),
    anchor,
  }));
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf({ text }: Page): string[] {
  const headings = text.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
