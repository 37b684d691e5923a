/**
 * The command line, one call after the other in this one process: to start a process for each of the hundred calls of the
 * pages takes a minute. A call comes by HTTP over a Unix socket (the argument): the environment and the arguments of the
 * shell function `steward` (shell.ts), each text ended by a NUL. The answer is what it wrote to standard output; what it
 * wrote to standard error and its exit status are left in files of the working directory. The process is on a terminal: a
 * call of the path /terminal is told so, and answers with all that it wrote there. With the path /program, the one argument
 * is a program, which runs in a thread of its own; the answer is what it wrote to either stream.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { failWith } from '../../dist/cli/failure.js';
import { program } from '../../dist/cli/program.js';

const OWN = { argv: process.argv, log: process.stdout.write.bind(process.stdout) };
class Exit extends Error {}

/** Carries out one call; resolves to what it wrote to standard output. */
async function call(env, args, isOnTerminal) {
  let stdout = '';
  let stderr = '';
  process.stdout.isTTY = isOnTerminal;
  process.stderr.isTTY = isOnTerminal;
  process.argv = [...OWN.argv.slice(0, 2), ...args];
  // The home directory is looked up in the environment of the process itself.
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = 0;
  process.stdout.write = (text) => {
    stdout += text;
    return true;
  };
  process.stderr.write = (text) => {
    if (isOnTerminal) stdout += text;
    else stderr += text;
    return true;
  };
  process.exit = (code) => {
    if (code !== undefined) process.exitCode = code;
    throw new Exit();
  };
  try {
    await (await program(args)).parseAsync(args, { from: 'user' }).catch(failWith);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  writeFileSync('.steward-stderr', stderr);
  writeFileSync('.steward-status', String(process.exitCode));
  return stdout;
}

/** Runs a program; resolves to what it wrote, and to why it failed, where it did. */
async function runProgram(env, [file]) {
  const thread = new Worker(resolve(file), { env, argv: [], stdout: true, stderr: true });
  let failure = '';
  thread.once('error', (error) => {
    failure = `${error?.stack ?? error}\n`;
  });
  return (await Promise.all([text(thread.stdout), text(thread.stderr)])).join('') + failure;
}

createServer(async (request, response) => {
  const sent = String(await buffer(request));
  // Of the arguments, each may be empty.
  const end = sent.indexOf('\0\0');
  const env = Object.fromEntries(
    sent
      .slice(0, end)
      .split('\0')
      .map((entry) => entry.split(/=(.*)/s, 2)),
  );
  const args = sent
    .slice(end + 2)
    .split('\0')
    .slice(0, -1);
  response.end(
    await (request.url === '/program' ? runProgram(env, args) : call(env, args, request.url === '/terminal')),
  );
}).listen(process.argv[2], () => OWN.log('listening\n'));
