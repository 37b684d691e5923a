/**
 * The exchanges of phase A of the second recording, by `seq`, that are not yet answered as the KBase Workspace Service
 * answered them. The list only ever shrinks: an exchange that is answered rightly must be taken off it.
 */
export const stillDifferent: readonly number[] = [
  // Modules: what a release answers, and in which order
  ...[13, 17, 473, 695, 712],
  // Modules: what is shown of types, functions and versions
  ...[397, 422, 424, 425, 430, 431, 617, 622, 623, 628, 629, 632, 634, 641, 647, 658, 694],
  // Saves of a type without its version, and the versions and ids that follow from them
  ...[661, 671, 710, 713, 715, 716],
];
