package dev.sluice.cli;

import dev.sluice.containerd.ContainerdClient;
import dev.sluice.containerd.ImagePull;
import dev.sluice.containerd.PullListener;
import dev.sluice.containerd.PullOptions;
import dev.sluice.containerd.PullReport;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.json.JsonWriter;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Platform;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice image pull}: into containerd, by its own API. */
@Command(
    name = "pull",
    description = {
      "Pulls an image into containerd.",
      "Layers that the snapshotter brings by itself, as Sluice does, are not downloaded here."
    })
final class ImagePullCommand implements Runnable {
  /** Where containerd and the service look for hosts.toml files if nobody says otherwise. */
  private static final List<Path> CERTS =
      List.of(Path.of("/etc/containerd/certs.d"), Path.of("/etc/docker/certs.d"));

  private final Console console;

  @Parameters(index = "0", paramLabel = "REF", description = "The image, in a registry.")
  @SuppressWarnings("NullAway.Init")
  private ImageLocation image;

  @Option(
      names = "--snapshotter",
      paramLabel = "NAME",
      defaultValue = "${env:CONTAINERD_SNAPSHOTTER:-sluice}",
      description =
          "containerd's name of the snapshotter; else $CONTAINERD_SNAPSHOTTER (default:"
              + " ${DEFAULT-VALUE}).")
  private String snapshotter = "sluice";

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      description = "Platform of a multi-platform image (default: this machine's).")
  private @Nullable Platform platform;

  @Option(
      names = "--index-digest",
      paramLabel = "DIGEST",
      description = "Use this SOCI index instead of looking for one.")
  private @Nullable Digest index;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private ContainerdMixin containerd;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private RegistryMixin registry;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private OutputMixin output;

  ImagePullCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (!(image instanceof ImageLocation.InRegistry(var reference))) {
      throw new SluiceException(
          FailureKind.INVALID, "pull " + image + ": only images of a registry can be pulled");
    }
    long start = System.nanoTime();
    PullReport report;
    try (RegistrySession session = registry.connect(CERTS);
        ImageStore store = session.open(image);
        ContainerdClient client = containerd.connect(session.vertx());
        ProgressReport progress = console.progress()) {
      report =
          new ImagePull(
                  client,
                  store,
                  new PullOptions(reference, snapshotter, platform, index),
                  new Progress(progress))
              .run();
    }
    print(report, Duration.ofNanos(System.nanoTime() - start));
  }

  private void print(PullReport report, Duration took) {
    long fetched = report.layers().stream().mapToLong(PullReport.Layer::fetchedBytes).sum();
    if (output.isJson()) {
      console.out().println(json(report, took, fetched));
      return;
    }
    long present = count(report, PullReport.Way.PRESENT);
    long brought = count(report, PullReport.Way.SNAPSHOTTER);
    long unpacked = count(report, PullReport.Way.UNPACKED);
    console
        .out()
        .println(
            "%s %s: %d layers, %d there before, %d by %s, %d unpacked (%s fetched), %.1f s"
                .formatted(
                    report.name(),
                    report.root(),
                    report.layers().size(),
                    present,
                    brought,
                    snapshotter,
                    unpacked,
                    ByteCount.show(fetched),
                    took.toMillis() / 1000.0));
  }

  private static long count(PullReport report, PullReport.Way way) {
    return report.layers().stream().filter(layer -> layer.way() == way).count();
  }

  private String json(PullReport report, Duration took, long fetched) {
    JsonWriter w = new JsonWriter();
    w.beginObject().name("image").value(report.name());
    w.name("digest").value(report.root().toString());
    w.name("manifest").value(report.manifest().toString());
    w.name("snapshotter").value(snapshotter);
    w.optional("snapshot", report.chainId() == null ? null : report.chainId().toString());
    w.name("fetchedBytes").value(fetched);
    w.name("seconds").value(took.toMillis() / 1000.0, 3);
    w.name("layers").beginArray();
    for (PullReport.Layer layer : report.layers()) {
      w.beginObject().name("digest").value(layer.layer().digest().toString());
      w.name("size").value(layer.layer().size());
      w.name("way").value(layer.way().name().toLowerCase(java.util.Locale.ROOT));
      w.name("fetchedBytes").value(layer.fetchedBytes()).endObject();
    }
    return w.endArray().endObject().toString();
  }

  /** Shows fetches as steps, and says how the other layers came. */
  private record Progress(ProgressReport report) implements PullListener {
    @Override
    public Fetch fetching(Descriptor layer) {
      ProgressReport.Step step = report.begin("layer " + layer.digest().brief(), layer.size());
      return new Fetch() {
        @Override
        public void advance(long bytes) {
          step.advance(bytes);
        }

        @Override
        public void ended(boolean complete) {
          step.done(complete ? ByteCount.show(layer.size()) : "not fetched");
        }
      };
    }

    @Override
    public void ready(Descriptor layer, PullReport.Way way) {
      String how =
          switch (way) {
            case PRESENT -> "there before";
            case SNAPSHOTTER -> "by the snapshotter";
            case UNPACKED -> "unpacked";
          };
      report.note("layer " + layer.digest().brief() + ": " + how);
    }
  }
}
