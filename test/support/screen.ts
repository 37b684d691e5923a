import { Terminal } from '@xterm/headless';

/** What a terminal of 80 columns shows in the end, with something steady in place of what differs from run to run. */
export async function screenOf(shown: string): Promise<string> {
  return `${(await linesOf(steady(shown))).map(({ text }) => text).join('\n')}\n`;
}

/** The same as it is, with each line in one piece that the terminal has broken at its edge; empty if it shows nothing. */
export async function textOnScreen(shown: string): Promise<string> {
  const lines = await linesOf(shown);
  return lines.map(({ text }, i) => `${text}${lines[i + 1]?.isRest === true ? '' : '\n'}`).join('');
}

interface ScreenLine {
  readonly text: string;
  /** Whether it goes on with the line before, for which the terminal was not wide enough. */
  readonly isRest: boolean;
}

/** All lines of a terminal of 80 columns to which that was written, those that have scrolled out of sight included. */
async function linesOf(shown: string): Promise<ScreenLine[]> {
  const terminal = new Terminal({
    cols: 80,
    rows: 50,
    scrollback: 10_000,
    convertEol: true,
    allowProposedApi: true,
  });
  await new Promise<void>((resolve) => terminal.write(shown, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, i) => {
    const line = active.getLine(i);
    const goesOn = active.getLine(i + 1)?.isWrapped === true;
    return { text: line?.translateToString(!goesOn) ?? '', isRest: line?.isWrapped === true };
  });
  terminal.dispose();
  return lines.slice(0, lines.findLastIndex(({ text }) => text !== '') + 1);
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
  [/(?<=\(in )\d+[dy](?=\))/g, (days) => days.replace(/\d/g, '0')],
  // A week after a moment ago.
  [/\bin [67]d\b/g, () => 'in 7d'],
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
