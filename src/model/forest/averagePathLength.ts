/** The Euler–Mascheroni constant. */
const EULER = 0.5772156649015329;

/**
 * c(n): the average path length of an unsuccessful search in a binary search tree of n points, by which path
 * lengths are normalised. c(n) = 2 H(n−1) − 2 (n−1)/n with H(i) ≈ ln i + γ; c(2) = 1, c(n ≤ 1) = 0.
 * Source: Liu, Ting, Zhou, "Isolation Forest", ICDM 2008, equation 1.
 * (ml-isolation-forest 0.1.0 leaves γ undoubled, which is why its own scoring isn't used.)
 */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
}
