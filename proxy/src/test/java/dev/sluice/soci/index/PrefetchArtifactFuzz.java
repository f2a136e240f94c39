package dev.sluice.soci.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.util.List;
import java.util.Set;

/** A prefetch artifact. */
public final class PrefetchArtifactFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        """
        {"version":"1.0","prefetch_spans":[{"start_span":0,"end_span":3,"priority":-2},
        {"start_span":4,"end_span":2147483647},{"start_span":3,"end_span":3}]}
        """);
  }

  @Override
  public void run(byte[] input) {
    PrefetchSpans spans = PrefetchSpans.parse("artifact", input);
    assertThat(PrefetchSpans.parse("artifact", spans.write())).isEqualTo(spans);
    PrefetchSpans merged = PrefetchSpans.merged(spans.ranges());
    for (int i = 1; i < merged.ranges().size(); i++) {
      assertThat(merged.ranges().get(i).first())
          .isGreaterThan(merged.ranges().get(i - 1).last() + 1);
    }
  }
}
