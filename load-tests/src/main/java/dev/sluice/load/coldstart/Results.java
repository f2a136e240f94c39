package dev.sluice.load.coldstart;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All that a run of the command found.
 *
 * @param machine name and value of what the machine is
 * @param problems trials that failed, and counts that contradict each other
 */
record Results(
    Options options,
    Instant begun,
    Map<String, String> machine,
    List<Image> images,
    List<Calibration> calibrations,
    List<Measurement> measurements,
    List<String> problems) {

  List<Summary> summaries(Link link) {
    List<Summary> all = new ArrayList<>();
    for (Image image : images) {
      for (Mode mode : options.modes()) {
        Summary.of(measurements, image.name(), link, mode).ifPresent(all::add);
      }
    }
    return all;
  }

  /** What can't be true of a measurement; empty if nothing. */
  static List<String> contradictions(Measurement it, Image image) {
    List<String> found = new ArrayList<>();
    String who =
        "%s %s %s round %d: ".formatted(it.image(), it.link().name(), it.mode().word(), it.round());
    // What programs of others ask is measured, and no contradiction.
    boolean silent = it.mode().isSecond() && !it.mode().start().isForeign();
    if (silent && (it.requests() > 0 || it.bytes() > 0)) {
      found.add(
          who
              + "a second container asked the registry for %d things (%d bytes)"
                  .formatted(it.requests(), it.bytes()));
    }
    if (it.mode() == Mode.EAGER && it.bytes() < image.compressedBytes()) {
      found.add(
          who
              + "%d bytes crossed the link, but the image has %d"
                  .formatted(it.bytes(), image.compressedBytes()));
    }
    if (!it.mode().isSecond() && it.requests() < image.layers().size() && it.mode() == Mode.EAGER) {
      found.add(who + "fewer requests than layers: " + it.requests());
    }
    if (!it.mode().isSecond() && (it.requests() == 0 || it.bytes() == 0)) {
      found.add(who + "nothing crossed the link");
    }
    if (it.mode().start().face().equals("fuse") && !it.faces().equals(List.of("fuse"))) {
      found.add(who + "names were answered by " + it.faces());
    }
    // Not against the start of its process: containerd tells of that a little later.
    if (it.readySeconds() < it.pullSeconds()) {
      found.add(
          who
              + "ready after %.3f s, before the end of the pull after %.3f s"
                  .formatted(it.readySeconds(), it.pullSeconds()));
    }
    return found;
  }
}
