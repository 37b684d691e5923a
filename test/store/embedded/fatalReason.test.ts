import { expect, it } from 'vitest';
import { FatalReason } from '../../../src/store/embedded/fatalReason.ts';

const FULL = 'the disk is full (No space left on device); free some space on the file system of the data folder';

/** Lines that MongoDB 6.0 logs, cut to what is read. */
const INFO = '{"s":"I",  "c":"STORAGE",  "msg":"WiredTiger message","attr":{"error":"none"}}';
const FAILED_WRITE =
  '{"s":"E",  "c":"WT",       "msg":"WiredTiger error message","attr":{"error":28,"message":{"msg":"__posix_file_write:621:db/c.wt: handle-write: pwrite: failed to write 4096 bytes","error_str":"No space left on device","error_code":28}}}';
const PANIC = '{"s":"E",  "c":"WT",       "msg":"WiredTiger error message","attr":{"error":-31804}}';
const LOCKED =
  '{"s":"E",  "c":"CONTROL",  "msg":"DBException in initAndListen, terminating","attr":{"error":"DBPathInUse: Unable to lock the lock file"}}';

function reasonOf(...texts: readonly string[]): string | undefined {
  const reason = new FatalReason();
  for (const text of texts) reason.read(text);
  return reason.text;
}

it('the reason of a mongod is what its last line of an error says', () => {
  expect(reasonOf(INFO)).toBeUndefined();
  expect(reasonOf(PANIC, INFO)).toBe('WiredTiger error message: -31804');
  expect(reasonOf(`${PANIC}\n${LOCKED}`)).toBe(
    'DBException in initAndListen, terminating: DBPathInUse: Unable to lock the lock file',
  );
});

it('a full disk is named, whatever numbers follow from it', () => {
  expect(reasonOf(FAILED_WRITE, PANIC)).toBe(FULL);
  expect(reasonOf(`${PANIC}\n${FAILED_WRITE}\n${LOCKED}`)).toBe(FULL);
});
