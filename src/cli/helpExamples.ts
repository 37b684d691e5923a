/** What an example does, and its command line. */
type HelpExample = readonly [title: string, line: string];

/** The examples at the end of a command's help. */
export const helpExamples = (...examples: readonly HelpExample[]): string =>
  ['\nExamples:', ...examples.flatMap(([title, line]) => [`  # ${title}`, `  ${line}`])].join('\n');
