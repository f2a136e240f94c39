package dev.sluice.snapshot.filter;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression of a client. containerd's are of linear time, Java's are not: the steps of a
 * search are bounded. One that is malformed is found nowhere, as with containerd.
 */
final class BoundedPattern {
  private static final int MAX_STEPS = 1_000_000;

  private final @Nullable Pattern pattern;

  BoundedPattern(String regex) {
    this.pattern = compile(regex);
  }

  boolean isIn(String text) {
    try {
      return pattern != null && pattern.matcher(new Counted(text, new int[1])).find();
    } catch (StackOverflowError e) {
      throw new SluiceException(
          FailureKind.INVALID, "filter: the regular expression " + pattern + " nests too deep", e);
    }
  }

  private static @Nullable Pattern compile(String regex) {
    try {
      return Pattern.compile(regex.replace("(?P<", "(?<"));
    } catch (PatternSyntaxException e) {
      return null;
    }
  }

  /** Counts how often a character is looked at. */
  private record Counted(CharSequence text, int[] steps) implements CharSequence {
    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++steps[0] > MAX_STEPS) {
        throw new SluiceException(
            FailureKind.INVALID,
            "filter: a regular expression takes more than " + MAX_STEPS + " steps");
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), steps);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
