package dev.sluice.snapshot;

import dev.sluice.snapshot.filter.Fields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What filters see of a snapshot. */
record SnapshotFields(Snapshot snapshot) implements Fields {
  @Override
  public @Nullable String field(List<String> path) {
    return switch (path.getFirst()) {
      case "kind" -> snapshot.kind().label();
      case "name" -> snapshot.name();
      case "parent" -> snapshot.parent();
      case "labels" -> snapshot.labels().get(String.join(".", path.subList(1, path.size())));
      default -> null;
    };
  }
}
