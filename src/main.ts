#!/usr/bin/env node
import { failWith } from './cli/failure.ts';
import { program } from './cli/program.ts';

// The reader of a pipe may close it early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await (await program(process.argv.slice(2))).parseAsync();
} catch (error) {
  failWith(error);
}
