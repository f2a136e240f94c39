package dev.sluice.load.coldstart;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command was asked for.
 *
 * @param directory where images are kept, and nodes while they run
 * @param dropCaches whether the kernel forgets its caches before each trial
 * @param settle whether a trial begins when the daemons have nothing left to do of their start
 * @param aws AWS's soci-snapshotter-grpc to compare with, null: none
 * @param json where results are written, null: nowhere
 * @param traces where the requests of each trial are written, null: nowhere
 * @param writeDocs whether the documentation is rewritten
 */
record Options(
    List<Recipe> images,
    List<Link> links,
    List<Mode> modes,
    int runs,
    long seed,
    Path directory,
    @Nullable String mirror,
    boolean convert,
    boolean unpigz,
    boolean dropCaches,
    boolean settle,
    @Nullable Path aws,
    @Nullable Path json,
    @Nullable Path traces,
    boolean writeDocs) {
  /** Whether what images read is to be recorded first. */
  boolean needProfiles() {
    return Mode.starts(modes).stream().anyMatch(Mode.Start::needsProfile);
  }

  Options withoutProfiles() {
    return new Options(
        images,
        links,
        modes.stream().filter(mode -> !mode.start().needsProfile()).toList(),
        runs,
        seed,
        directory,
        mirror,
        convert,
        unpigz,
        dropCaches,
        settle,
        aws,
        json,
        traces,
        writeDocs);
  }
}
