import { Terminal } from '@xterm/headless';

/** What a terminal of that many columns shows in the end, all that has scrolled out of sight included. */
export async function screenOf(shown: string, columns = 80): Promise<string> {
  const terminal = new Terminal({
    cols: columns,
    rows: 50,
    scrollback: 10_000,
    convertEol: true,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(steady(shown), resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, i) => active.getLine(i)?.translateToString(true) ?? '');
  terminal.dispose();
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What differs from run to run, each with something of the same width in its place, so that nothing moves. */
const VARYING: readonly (readonly [RegExp, (found: string) => string])[] = [
  // Ids, hashes, and the parts of ids in names of former users.
  [
    /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{24}(?:-\d+)?\b|\b[0-9a-f]{64}\b|(?<=~)[0-9a-f]{8}\b/g,
    zeros,
  ],
  // An id that was cut off.
  [/\b[0-9a-f]{8}-[0-9a-f-]*(?=…)/g, zeros],
  [/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+0000| [+-]\d\d:\d\d)/g, (time) => time.replace(/\d/g, '0')],
  [/(?<=127\.0\.0\.1:)\d+/g, (port) => port.replace(/\d/g, '0')],
  [/(?<=\()\d+[sm] ago(?=\))/g, () => 'now'],
  [/(?<=\()in \d+[sm](?=\))/g, () => 'in 0m'],
  // A column of ages is as wide as its heading.
  [/\b\d[sm] ago ?|\b\d\d[sm] ago/g, () => 'now'.padEnd(7)],
  // The id of a run.
  [/\b[0-9a-z]{8}-[0-9a-f]{10}\b/g, (run) => run.replace(/[0-9a-z]/g, '0')],
];

function zeros(id: string): string {
  return id.replace(/[0-9a-f]/g, '0');
}

function steady(shown: string): string {
  return VARYING.reduce((text, [pattern, replaced]) => text.replace(pattern, replaced), shown);
}
