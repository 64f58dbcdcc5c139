/** Chance as the program sees it: a number in [0, 1); a parameter everywhere, so that tests own it. Never for secrets. */
export type Random = () => number

/** That of the host. */
export const systemRandom: Random = Math.random
