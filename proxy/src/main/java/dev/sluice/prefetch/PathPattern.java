package dev.sluice.prefetch;

import java.util.Arrays;

/**
 * Names by a pattern: {@code *} and {@code ?} stand for characters between two slashes, {@code **}
 * for any characters, and <code>/&#42;&#42;/</code> for one slash or any directories.
 */
final class PathPattern {
  /* Matched by all places of the pattern at once, so that no pattern takes more than its length times
   * that of the name. */
  private static final int ONE = -1;
  private static final int STAR = -2;
  private static final int DEEP = -3;
  private static final int DIRECTORIES = -4;
  private static final int IN_DIRECTORIES = -5;

  private final String text;
  private final int[] codes;
  private final boolean literal;

  private PathPattern(String text, int[] codes) {
    this.text = text;
    this.codes = codes;
    this.literal = Arrays.stream(codes).allMatch(code -> code >= 0);
  }

  static PathPattern of(String text) {
    int[] codes = new int[text.length()];
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.startsWith("/**/", i)) {
        codes[count++] = DIRECTORIES;
        codes[count++] = IN_DIRECTORIES;
        i += 3;
      } else if (text.startsWith("**", i)) {
        codes[count++] = DEEP;
        i++;
      } else {
        char c = text.charAt(i);
        codes[count++] = c == '*' ? STAR : c == '?' ? ONE : c;
      }
    }
    return new PathPattern(text, Arrays.copyOf(codes, count));
  }

  boolean fits(String name) {
    if (literal) {
      return text.equals(name);
    }
    boolean[] at = new boolean[codes.length + 1];
    boolean[] next = new boolean[codes.length + 1];
    reach(at, 0);
    for (int i = 0; i < name.length(); i++) {
      step(name.charAt(i), at, next);
      boolean[] done = at;
      at = next;
      next = done;
      Arrays.fill(next, false);
    }
    return at[codes.length];
  }

  private void step(char c, boolean[] at, boolean[] next) {
    for (int place = 0; place < codes.length; place++) {
      if (!at[place]) {
        continue;
      }
      int code = codes[place];
      boolean stays = code == DEEP || code == IN_DIRECTORIES || (code == STAR && c != '/');
      boolean goesOn =
          code == c
              || (code == ONE && c != '/')
              || ((code == DIRECTORIES || code == IN_DIRECTORIES) && c == '/');
      if (stays) {
        reach(next, place);
      }
      if (goesOn) {
        reach(next, place + 1);
      }
      if (goesOn && code == DIRECTORIES) {
        reach(next, place + 2);
      }
    }
  }

  /** The pattern is at a place, and at those behind it if nothing need stand there. */
  private void reach(boolean[] at, int place) {
    int reached = place;
    at[reached] = true;
    while (reached < codes.length && (codes[reached] == STAR || codes[reached] == DEEP)) {
      at[++reached] = true;
    }
  }

  boolean isLiteral() {
    return literal;
  }

  /** The directory that everything that fits lies in, without wildcards. */
  String directory() {
    int end = text.length();
    for (char c : new char[] {'*', '?'}) {
      int first = text.indexOf(c);
      end = first >= 0 ? Math.min(end, first) : end;
    }
    int slash = text.lastIndexOf('/', Math.max(0, end - 1));
    return slash <= 0 ? "/" : text.substring(0, slash);
  }

  @Override
  public String toString() {
    return text;
  }
}
