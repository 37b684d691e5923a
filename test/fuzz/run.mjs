// npm run fuzz [-- --minutes 60 --seed N]
//
// Tries generated input for so many minutes, in rounds with the seeds N, N + 1, …; by default N is drawn at random. The seed of
// what is found is printed, with the input.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (!(Number(value) > 0)) {
    console.error(`--${name} must be a number above 0, and is ${value}`);
    process.exit(2);
  }
}
console.log(`fuzzing for ${values.minutes} minutes, from seed ${values.seed} on`);
const env = { ...process.env, STEWARD_FUZZ_MINUTES: values.minutes, STEWARD_FUZZ_SEED: values.seed };
const child = spawn('npx', ['vitest', 'run', 'test/fuzz/fuzz.test.ts'], { env, stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
