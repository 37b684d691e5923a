/**
 * A batch is committed within this time after its id was made, or never: the service commits no transaction that is older than a
 * minute, and asks for the outcome of a commit for half a minute at most.
 */
export const SETTLED_SECONDS = 120;
