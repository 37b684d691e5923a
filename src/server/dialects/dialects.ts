import type { Dialect } from './dialect.ts';
import { gnode } from './gnode.ts';
import { iiif } from './iiif.ts';
import { imageArtist } from './imageArtist.ts';
import { oracle } from './oracle.ts';

/** Every dialect there is; where two could take a path, the first does. */
export const dialects: readonly Dialect[] = [oracle, imageArtist, gnode, iiif];
