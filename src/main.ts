#!/usr/bin/env node
import { failWith } from './cli/failure.ts';
import { program } from './cli/program.ts';

// Whoever reads what is printed may stop before its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await (await program(process.argv.slice(2))).parseAsync();
} catch (error) {
  failWith(error);
}
