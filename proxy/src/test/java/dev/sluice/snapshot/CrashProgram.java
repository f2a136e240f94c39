package dev.sluice.snapshot;

import dev.sluice.failure.SluiceException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Changes snapshots at random, saying before and after each change what it is, until killed. */
final class CrashProgram {
  private CrashProgram() {}

  /**
   * @param args root, seed, number of the first change
   */
  public static void main(String[] args) {
    Random random = new Random(Long.parseLong(args[1]));
    int first = Integer.parseInt(args[2]);
    PrintStream out = System.out;
    try (OverlaySnapshotter snapshotter =
        OverlaySnapshotter.open(Path.of(args[0]), LayerSource.NONE, SnapshotObserver.NONE)) {
      for (int n = first; n < first + 100_000; n++) {
        String[] change = change(random, n, snapshotter.list(List.of()));
        out.println("try " + String.join(" ", change));
        out.flush();
        try {
          perform(snapshotter, change);
          out.println("ack");
        } catch (SluiceException e) {
          out.println("err");
        }
        out.flush();
      }
    }
  }

  private static String[] change(Random random, int n, List<Snapshot> now) {
    List<String> active = new ArrayList<>();
    List<String> committed = new ArrayList<>();
    for (Snapshot each : now) {
      (each.kind() == SnapshotKind.ACTIVE ? active : committed).add(each.name());
    }
    int dice = now.size() > 40 ? 90 : random.nextInt(100);
    if (dice < 40 || now.isEmpty()) {
      return new String[] {"prepare", "a" + n, committed.isEmpty() ? "-" : any(random, committed)};
    }
    if (dice < 65 && !active.isEmpty()) {
      return new String[] {"commit", "c" + n, any(random, active)};
    }
    String name = any(random, random.nextBoolean() && !active.isEmpty() ? active : names(now));
    return dice < 80
        ? new String[] {"label", name, Integer.toString(n)}
        : new String[] {"remove", name, "-"};
  }

  private static List<String> names(List<Snapshot> now) {
    return now.stream().map(Snapshot::name).toList();
  }

  private static String any(Random random, List<String> names) {
    return names.get(random.nextInt(names.size()));
  }

  /** Long labels, so that the file is written anew now and then. */
  static Map<String, String> labels(String number) {
    return Map.of("n", number + "-" + "x".repeat(4000));
  }

  private static void perform(OverlaySnapshotter snapshotter, String[] change) {
    switch (change[0]) {
      case "prepare" ->
          snapshotter.prepare(
              change[1], change[2].equals("-") ? "" : change[2], Map.of(), new Caller());
      case "commit" -> snapshotter.commit(change[1], change[2], "", labels(change[1]));
      case "label" -> snapshotter.update(change[1], labels(change[2]), List.of());
      default -> snapshotter.remove(change[1]);
    }
  }
}
