import type { Dialect } from './dialect.ts';
import { gnode } from './gnode.ts';
import { iiif } from './iiif.ts';
import { imageArtist } from './imageArtist.ts';
import { oracle } from './oracle.ts';

/** All dialects. If a path matches routes of two, the first one answers. */
export const dialects: readonly Dialect[] = [oracle, imageArtist, gnode, iiif];
