package dev.sluice.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The known name that somebody may have meant. */
final class Suggestion {
  private Suggestion() {}

  /** The nearest of the names, if it is near: at most a third of its letters differ. */
  static Optional<String> nearest(String written, Collection<String> names) {
    String lower = written.toLowerCase(Locale.ROOT);
    return names.stream()
        .filter(name -> distance(lower, name.toLowerCase(Locale.ROOT)) <= bound(name))
        .min(Comparator.comparingInt(name -> distance(lower, name.toLowerCase(Locale.ROOT))));
  }

  private static int bound(String name) {
    return Math.max(1, name.length() / 3);
  }

  /** How many letters must be put in, taken out, replaced or swapped with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + same, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
