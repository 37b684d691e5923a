import type { Block } from './pages.ts';

/** Blocks that the runner of the pages does not run, each kind with what checks it instead, or why nothing does. */
export const NOT_RUN: readonly { readonly of: (block: Block) => boolean; readonly because: string }[] = [
  {
    of: ({ file, language }) => file.startsWith('docs/reference/commands/') && ['sh', 'json'].includes(language),
    because:
      'generated examples: test/cli/sudoHelp.test.ts runs each and compares what is sent with the JSON beside it',
  },
  {
    of: ({ file, language }) =>
      ['docs/operating/install.md', 'docs/operating/complete.md'].includes(file) && language === 'sh',
    because:
      'an installation, which takes minutes: test/e2e/installation makes it in the long run, where nginx is installed',
  },
];
