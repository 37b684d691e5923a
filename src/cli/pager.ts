import { spawnSync } from 'node:child_process';

/** Prints a text; on a terminal with fewer lines, through STEWARD_PAGER, PAGER or less. An empty variable means none. */
export function page(text: string): void {
  const { isTTY, rows } = process.stdout;
  const pager = process.env.STEWARD_PAGER ?? process.env.PAGER ?? 'less';
  if (!isTTY || text.split('\n').length < rows || pager === '' || !process.stdin.isTTY) {
    console.log(text);
    return;
  }
  // less ends at once where everything fits, keeps colours, and leaves the text on the screen.
  const env = { LESS: 'FRX', ...process.env };
  const { error, status } = spawnSync(pager, {
    shell: true,
    input: `${text}\n`,
    stdio: ['pipe', 'inherit', 'inherit'],
    env,
  });
  // The shell ends so if there is no such program.
  if (error !== undefined || status === 127) console.log(text);
}
