// Runs commands of the built `steward` one after another in one process, each as a message says: to load the program
// takes longer than all that a command does.
import { createReadStream } from 'node:fs';
import { failWith } from '../../dist/cli/failure.js';
import { program } from '../../dist/cli/program.js';

class Exit extends Error {}

process.on('disconnect', process.exit.bind(process, 0));

process.exit = (code) => {
  if (code !== undefined) process.exitCode = code;
  throw new Exit();
};

const output = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, ...rest) => {
    output[name] += chunk;
    rest.find((argument) => typeof argument === 'function')?.();
    return true;
  };
}

process.on('message', async ({ args, cwd, env, input }) => {
  Object.assign(output, { stdout: '', stderr: '' });
  process.exitCode = 0;
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  Object.defineProperty(process, 'stdin', { value: createReadStream(input), configurable: true });
  try {
    await (await program(args)).parseAsync().catch(failWith);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  // Whatever still runs in a test's folder is killed with it.
  process.chdir('/');
  process.send({ code: process.exitCode, ...output });
});
