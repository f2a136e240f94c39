package dev.sluice.snapshot.filter;

import java.util.List;

/** Which objects are wanted. */
public final class Filter {
  private final List<List<Selector>> alternatives;

  private Filter(List<List<Selector>> alternatives) {
    this.alternatives = alternatives;
  }

  /**
   * Parses filters of which an object must match any; it matches if there is none. A filter is a
   * list of {@code path}, {@code path==value}, {@code path!=value} and {@code path~=regex},
   * separated by commas, which must all hold; an empty one always does.
   *
   * @throws dev.sluice.failure.SluiceException INVALID
   */
  public static Filter parse(List<String> filters) {
    return new Filter(filters.stream().map(filter -> new FilterParser(filter).parse()).toList());
  }

  public boolean matches(Fields fields) {
    return alternatives.isEmpty()
        || alternatives.stream()
            .anyMatch(selectors -> selectors.stream().allMatch(each -> each.matches(fields)));
  }
}
