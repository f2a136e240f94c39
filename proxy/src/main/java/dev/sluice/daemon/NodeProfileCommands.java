package dev.sluice.daemon;

import dev.sluice.control.MountStatus;
import dev.sluice.control.NodeStatus;
import dev.sluice.control.ProfileCommands;
import dev.sluice.control.RunStatus;
import dev.sluice.profile.ImageRuns;
import dev.sluice.profile.Recording;
import java.util.Locale;
import java.util.function.Function;

/** The commands about recording, on the node's own images. */
final class NodeProfileCommands implements ProfileCommands {
  private final NodeStatus status;
  private final ImageRuns runs;

  NodeProfileCommands(NodeStatus status, ImageRuns runs) {
    this.status = status;
    this.runs = runs;
  }

  @Override
  public RunStatus record(String image, boolean hold) {
    return on(image, named -> runs.record(named, hold));
  }

  @Override
  public RunStatus state(String image) {
    return on(image, runs::recording);
  }

  @Override
  public RunStatus end(String image) {
    return on(image, runs::end);
  }

  private RunStatus on(String image, Function<String, Recording> command) {
    Recording recording = command.apply(imageOf(image));
    return new RunStatus(
        recording.reference(),
        recording.manifest().toString(),
        recording.state().toLowerCase(Locale.ROOT),
        recording.entries());
  }

  /** The image of a container; what is given if it is no container here. */
  private String imageOf(String text) {
    for (MountStatus mount : status.mounts()) {
      if (!mount.image().isEmpty() && mount.key().endsWith("/" + text)) {
        return mount.image();
      }
    }
    return text;
  }
}
