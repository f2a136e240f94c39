package dev.sluice.snapshot.filter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One condition on one field. */
sealed interface Selector {
  boolean matches(Fields fields);

  /** Is there. */
  record Present(List<String> path) implements Selector {
    @Override
    public boolean matches(Fields fields) {
      return fields.field(path) != null;
    }
  }

  /** Is there and equals. */
  record Equal(List<String> path, String value) implements Selector {
    @Override
    public boolean matches(Fields fields) {
      return value.equals(fields.field(path));
    }
  }

  /** Differs; an absent field counts as "". */
  record Differs(List<String> path, String value) implements Selector {
    @Override
    public boolean matches(Fields fields) {
      return !value.equals(orEmpty(fields.field(path)));
    }
  }

  /** A part of it matches; an absent field counts as "". */
  record Matches(List<String> path, BoundedPattern pattern) implements Selector {
    @Override
    public boolean matches(Fields fields) {
      return pattern.isIn(orEmpty(fields.field(path)));
    }
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}
