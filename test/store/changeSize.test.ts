import { expect, it } from 'vitest';
import { asRecorded, type Change, changeSize, sizeBefore } from '../../src/store/changes.ts';
import { collection, type Stored } from '../../src/store/collection.ts';

interface Paper extends Stored {
  readonly pin: string;
  readonly text: string;
  readonly tags: readonly string[];
}

const papers = collection<Paper>('papers', { secrets: ['pin'], long: ['text', 'tags'] });
const digester = { digest: () => 'digest', hmac: () => 'hmac' };
const paper: Paper = { _id: 'p1', revision: 1, pin: 'ü1234', text: 'x'.repeat(5_000), tags: ['short'] };
const changes: readonly Change[] = [
  { collection: 'papers', id: 'p1', op: 'insert', after: paper },
  { collection: 'papers', id: 'p1', op: 'remove', before: paper },
];

it.each(changes)(
  'the size of a change before values are hidden follows from that of its recorded form: $op',
  (change) => {
    const recorded = asRecorded(papers, change, digester);
    expect(changeSize(recorded)).toBeLessThan(500);
    expect(sizeBefore(change, recorded, changeSize(recorded))).toBe(changeSize(change));
  },
);
