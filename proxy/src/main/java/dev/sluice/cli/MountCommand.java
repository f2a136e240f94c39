package dev.sluice.cli;

import dev.sluice.cache.CacheOptions;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.jnr.JnrFuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.metrics.MetricsServer;
import dev.sluice.metrics.SluiceMetrics;
import dev.sluice.mount.FetchLimits;
import dev.sluice.mount.MountEngine;
import dev.sluice.mount.MountRequest;
import dev.sluice.mount.MountSummary;
import dev.sluice.mount.MountedImage;
import dev.sluice.mount.StateDirectory;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Platform;
import dev.sluice.profile.RunOptions;
import io.micrometer.core.instrument.Tags;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice mount}: an image's root file system, before the image is here. */
@Command(
    name = "mount",
    description = {
      "Mounts an image's root file system; its bytes come when they are read.",
      "Stays in the foreground: Ctrl-C unmounts, SIGUSR1 prints what was fetched so far. Needs root."
    })
final class MountCommand implements Runnable {
  private final Console console;

  @Parameters(index = "0", paramLabel = "REF", description = "The image.")
  @SuppressWarnings("NullAway.Init")
  private ImageLocation image;

  @Parameters(index = "1", paramLabel = "DIR", description = "Where to mount; made if missing.")
  @SuppressWarnings("NullAway.Init")
  private Path target;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      defaultValue = "/var/lib/sluice",
      description = "State and cache; one process at a time (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init")
  private Path root;

  @Option(names = "--rw", description = "Take changes; they are thrown away when the mount ends.")
  private boolean writable;

  @Option(
      names = "--index-digest",
      paramLabel = "DIGEST",
      description = "Use this SOCI index instead of looking for one.")
  private @Nullable String indexDigest;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH",
      description = "Platform of a multi-platform image (default: this machine's).")
  private @Nullable Platform platform;

  @Option(
      names = "--bridge",
      defaultValue = "kernel",
      description =
          "kernel: FUSE spoken by Sluice itself; jnr: by libfuse 2 (default: ${DEFAULT-VALUE}).")
  private Bridge bridge = Bridge.KERNEL;

  @Option(
      names = "--cache-size",
      paramLabel = "SIZE",
      description = "Bound of the cache on disk, e.g. 20GiB (default: 64GiB).")
  private @Nullable ByteCount cacheSize;

  @Option(
      names = "--no-profile",
      description =
          "Don't record what is read first, nor fetch ahead by what was recorded or by prefetch"
              + " manifests and artifacts.")
  private boolean noProfile;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      description = "Serve /metrics for Prometheus, /livez and /readyz.")
  private @Nullable String metricsAddress;

  @Mixin
  @SuppressWarnings("NullAway.Init")
  private RegistryMixin registry;

  /** Which bridge speaks to the kernel. */
  enum Bridge {
    KERNEL,
    JNR;

    FuseBridge open() {
      return this == KERNEL ? new KernelFuseBridge() : new JnrFuseBridge();
    }
  }

  MountCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Root.require("mount");
    // Signals wait here until the mount stands, so that none of them leaves half of it behind.
    BlockingQueue<String> signals = new LinkedBlockingQueue<>();
    for (String name : new String[] {"INT", "TERM", "USR1"}) {
      Signals.on(name, signals::add);
    }
    CacheOptions options = CacheOptions.in(new StateDirectory(root).cache());
    if (cacheSize != null) {
      options = options.withDiskBytes(cacheSize.bytes());
    }
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(image);
        MountEngine engine =
            MountEngine.open(
                new StateDirectory(root), bridge.open(), options, FetchLimits.DEFAULT, runs());
        MountedImage mounted = engine.mount(request(session, store), console::say)) {
      console.say("mounted at " + mounted.target() + "; Ctrl-C unmounts");
      if (metricsAddress == null) {
        serve(signals, mounted, session, engine);
      } else {
        serveWithMetrics(metricsAddress, signals, mounted, session, engine);
      }
      console.say(summary(session, engine, mounted).stripTrailing());
    }
    console.say("unmounted");
  }

  private RunOptions runs() {
    return noProfile ? RunOptions.OFF : RunOptions.DEFAULT;
  }

  private MountRequest request(RegistrySession session, ImageStore store) {
    return new MountRequest(
        store,
        platform,
        indexDigest == null ? null : Digest.parse(indexDigest),
        session.blobs(image, store),
        target,
        writable);
  }

  private void serveWithMetrics(
      String address,
      BlockingQueue<String> signals,
      MountedImage mounted,
      RegistrySession session,
      MountEngine engine) {
    try (SluiceMetrics metrics = new SluiceMetrics(Version.current())) {
      metrics.bind(engine.reads());
      metrics.bind(engine.fetches(), engine.scheduler());
      metrics.bind(engine.cache()::stats);
      metrics.bind(engine.runs().hints(), engine.runs().counters());
      metrics.bind(mounted.fuse().counters());
      metrics.bind(session.traffic());
      metrics.gauge(
          "sluice_mounts", "Images mounted", Tags.empty(), () -> mounted.fuse().isAlive() ? 1 : 0);
      MetricsServer server =
          new MetricsServer(session.vertx(), metrics.registry(), Version.current());
      server.requireForReady("mount", mounted.fuse()::isAlive);
      int port = RegistrySession.await(server.listen(address), "serve metrics");
      console.say("metrics on port " + port);
      serve(signals, mounted, session, engine);
      RegistrySession.await(server.close(), "stop metrics");
    }
  }

  /** Waits for the end: a signal, or the mount's disappearance. */
  private void serve(
      BlockingQueue<String> signals,
      MountedImage mounted,
      RegistrySession session,
      MountEngine engine) {
    try {
      while (mounted.fuse().isAlive()) {
        String signal = signals.poll(500, TimeUnit.MILLISECONDS);
        if (signal != null) {
          if (!signal.equals("USR1")) {
            return;
          }
          console.say(summary(session, engine, mounted).stripTrailing());
        }
      }
      console.complain(mounted.target() + " was unmounted by somebody else");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, "serve " + mounted.target() + ": interrupted", e);
    }
  }

  private static String summary(RegistrySession session, MountEngine engine, MountedImage mounted) {
    return new MountSummary(
            session.traffic().requests(),
            session.traffic().receivedBytes(),
            mounted.imageBytes(),
            engine.reads(),
            engine.fetches())
        .text();
  }
}
