package dev.sluice.snapshot.filter;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** A filter of containerd's, matched against values that are as bad for it as they can be. */
public final class FilterFuzz implements FuzzTarget {
  private static final String LONG = "a".repeat(2000) + "!";

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.INVALID);
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        "name==x,labels.\"c.d\"!=\"two words\",kind~=/^a+b/",
        "labels.b~=\"(a|aa)+$\",parent",
        "name~=|([a-c]*x{2,5})?|",
        "name==\"\\x61\\u00e9\\146\\\"\"");
  }

  @Override
  public void run(byte[] input) {
    Filter filter = Filter.parse(List.of(new String(input, StandardCharsets.UTF_8)));
    filter.matches(_ -> LONG);
    filter.matches(_ -> null);
  }
}
