package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** What is kept with a lazy snapshot. */
public final class LazyRecordFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
  }

  @Override
  public List<byte[]> seeds() {
    String digest = "sha256:" + "3f".repeat(32);
    String layer = "{\"mediaType\":\"m\",\"digest\":\"" + digest + "\",\"size\":77}";
    return FuzzTarget.texts(
        "{\"version\":1,\"image\":\"registry.test:5000/a/b:c\",\"manifest\":\"%1$s\",\"index\":\"%1$s\",\"layer\":%2$s,\"diffId\":\"%1$s\",\"ztoc\":%2$s}"
            .formatted(digest, layer));
  }

  @Override
  public void run(byte[] input) {
    LazyRecord record = LazyRecord.parse(1, new String(input, StandardCharsets.UTF_8));
    assertThat(LazyRecord.parse(1, record.toJson())).isEqualTo(record);
  }
}
