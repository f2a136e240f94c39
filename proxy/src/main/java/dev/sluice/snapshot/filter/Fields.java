package dev.sluice.snapshot.filter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a filter looks at. */
@FunctionalInterface
public interface Fields {
  /** The value of a field, e.g. of {@code [labels, a.b]}; null if it is absent. */
  @Nullable String field(List<String> path);
}
