package dev.sluice.snapshot;

import java.util.List;
import java.util.Random;

/** Filters out of pieces that belong together, and now and then one that does not. */
final class RandomFilter {
  private static final List<String> PATHS =
      List.of(
          "name",
          "kind",
          "parent",
          "labels.b",
          "labels",
          "labels.\"c.d\"",
          "labels.c.d",
          "none",
          "labels.\"containerd.io/snapshot/x\"",
          "\"name\"",
          "name.x",
          "labels.\"\\x62\"");
  private static final List<String> OPERATORS = List.of("==", "!=", "~=", " == ", "~= ");
  private static final List<String> VALUES =
      List.of(
          "filter-b",
          "\"filter-b\"",
          "active",
          "committed",
          "view",
          "1",
          "x",
          "\"two words\"",
          "\"\"",
          "\"\\u00e9/\\\"q\\\"\"",
          "/^filter-[bv]/",
          "|er-b|",
          "^filter",
          "two words",
          "\"\\146ilter-b\"",
          "é",
          ".*",
          "a=b");
  private static final List<String> NOISE =
      List.of(
          ",",
          ".",
          "=",
          "!",
          "~",
          "\"",
          "/",
          "|",
          " ",
          "\\",
          "\\x",
          "\\400",
          "'",
          "-",
          "\t",
          "\u00a0",
          "\u0000",
          "\n",
          "\u2028",
          "\ud83d\ude00",
          "(",
          "_",
          "0",
          "é");

  private RandomFilter() {}

  static String next(Random random) {
    StringBuilder filter = new StringBuilder();
    int selectors = 1 + random.nextInt(3);
    for (int i = 0; i < selectors; i++) {
      filter.append(i == 0 ? "" : ",").append(any(random, PATHS));
      if (random.nextInt(4) > 0) {
        filter.append(any(random, OPERATORS)).append(any(random, VALUES));
      }
    }
    for (int noise = random.nextInt(5) - 2; noise > 0; noise--) {
      int at = random.nextInt(filter.length() + 1);
      filter.insert(at, any(random, NOISE));
    }
    return filter.toString();
  }

  private static String any(Random random, List<String> pieces) {
    return pieces.get(random.nextInt(pieces.size()));
  }
}
