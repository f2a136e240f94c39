package dev.sluice.load.faults;

import dev.sluice.load.Containerd;
import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.SluiceService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A service under a containerd of its own, with one container's root file system, that is started
 * again whenever it ends, as a service manager does.
 */
final class Supervised implements AutoCloseable {
  private static final Duration STEP = Duration.ofMinutes(2);

  private static final String SETTINGS =
      """
      [lazy]
      min_layer_size = 0
      layer_face = "fuse"
      [cache]
      memory = "8MiB"
      disk_reserve = "0"
      [fill]
      enable = false
      """;

  private final SluiceService service;
  private final Containerd containerd;
  private final Path target;
  private final AtomicLong deaths = new AtomicLong();
  private @Nullable Thread supervisor;
  private volatile boolean supervising;
  private volatile boolean served;

  private Supervised(SluiceService service, Containerd containerd, Path target) {
    this.service = service;
    this.containerd = containerd;
    this.target = target;
  }

  /** Starts it, pulls the world's image and mounts a container's files. */
  static Supervised start(World world) throws IOException {
    Path directory = world.fresh("service");
    Path certs = directory.resolve("certs");
    Files.writeString(
        Files.createDirectories(certs.resolve(world.wire.host())).resolve("hosts.toml"),
        "server = \"http://" + world.wire.host() + "\"\n");
    SluiceService service = SluiceService.start(directory.resolve("s"), certs, SETTINGS);
    try {
      Containerd containerd = Containerd.start(directory.resolve("c"), service.socket(), certs);
      Path target = Files.createDirectories(directory.resolve("target"));
      Supervised started = new Supervised(service, containerd, target);
      try {
        started.mount(world, certs);
        return started;
      } catch (RuntimeException e) {
        started.close();
        throw e;
      }
    } catch (RuntimeException e) {
      service.close();
      throw e;
    }
  }

  private void mount(World world, Path certs) {
    String image = world.reference();
    Sluice.run("image", "pull", "--address", containerd.socket(), "--hosts-dir", certs, image);
    if (service.layers().stream().noneMatch(line -> line.contains("fuse"))) {
      throw new IllegalStateException("the layer is not lazy:\n" + service.said());
    }
    String mount =
        containerd.ctr(
            "snapshot", "--snapshotter", "sluice", "prepare", "-t", target, "c", world.diffId());
    Program.run(STEP, "sh", "-ec", mount);
  }

  Path target() {
    return target;
  }

  /** Of this service and its containerd. */
  Path directory() {
    return java.util.Objects.requireNonNull(target.getParent());
  }

  SluiceService service() {
    return service;
  }

  /**
   * Whether one that was {@link #startOtherwise started otherwise} serves, or did and has ended.
   */
  boolean serves() {
    return deaths() > 0 || served;
  }

  /** How often it has ended by itself. */
  long deaths() {
    return deaths.get();
  }

  /** Kills it, and looks after one that is started like this from now on. */
  void startOtherwise(List<String> prefix, Map<String, String> environment) {
    stopSupervising();
    if (service.isAlive()) {
      service.end("KILL");
    }
    service.launchBy(prefix, environment);
    supervising = true;
    served = false;
    supervisor = Thread.ofPlatform().daemon().name("supervisor").start(this::supervise);
  }

  private void supervise() {
    while (supervising) {
      try {
        service.start();
        served = true;
        service.awaitEnd();
      } catch (IllegalStateException e) {
        // It ended before it served, or nobody looks after it any more.
      }
      if (supervising) {
        deaths.incrementAndGet();
      }
    }
  }

  private void stopSupervising() {
    supervising = false;
    Thread running = supervisor;
    supervisor = null;
    if (running != null) {
      running.interrupt();
      try {
        running.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while a service was looked after", e);
      }
    }
  }

  /** Starts it as it was at first, if it was started otherwise: it must serve. */
  void startAsBefore() {
    stopSupervising();
    if (service.isAlive()) {
      service.end("KILL");
    }
    service.launchBy(List.of(), Map.of());
    service.start();
  }

  @Override
  public void close() {
    try {
      startAsBefore();
    } finally {
      var _ = Program.result(STEP, Map.of(), "umount", "-l", target);
      containerd.close();
      service.close();
    }
  }
}
