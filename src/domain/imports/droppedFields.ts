/** Why fields are dropped that say nothing of their own. */
export const DERIVED = 'can be derived from the rest, and is';
export const ID_WITHOUT_MEANING = { from: '_id', why: 'made by MongoDB; nothing refers to it' } as const;
