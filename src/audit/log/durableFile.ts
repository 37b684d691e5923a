import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file as a whole: after a crash there is the old or the new one, and the new one once this has returned. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeSynced(temporary, text);
  await rename(temporary, file);
  await syncFolder(dirname(file));
}

/** Writes a file whose content is on the disk once this has returned; its name need not be. */
export async function writeSynced(file: string, text: string, mode = 0o644): Promise<void> {
  const handle = await open(file, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
