package dev.sluice.load.coldstart;

import static java.util.Comparator.comparingLong;

import dev.sluice.load.DockerRegistry;
import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Makes the images, plays the links, runs the trials in a random order. */
final class ColdStart {
  private static final Duration PUSH = Duration.ofMinutes(10);

  private final Options options;
  private final List<Image> images = new ArrayList<>();
  private final List<Calibration> calibrations = new ArrayList<>();
  private final List<Measurement> measurements = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /** One start of one image on one fresh node. */
  private record Job(Image image, Link link, Mode.Start start, int round) {
    @Override
    public String toString() {
      return "%s, %s, %s, round %d".formatted(image.name(), link.title(), start, round);
    }
  }

  private ColdStart(Options options) {
    this.options = options;
  }

  /**
   * Runs all that is asked for. A trial that fails is a problem in the results, and the others go
   * on.
   *
   * @throws IllegalStateException if another command uses the directory, or images can't be made
   */
  static Results run(Options options) throws IOException {
    Instant begun = Instant.now();
    Files.createDirectories(options.directory());
    try (FileChannel channel =
            FileChannel.open(
                options.directory().resolve("lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null) {
        throw new IllegalStateException(
            "another coldstart runs in "
                + options.directory()
                + ": wait for it, or use --directory");
      }
      ColdStart all = new ColdStart(usable(options));
      all.run();
      return new Results(
          all.options,
          begun,
          Machine.describe(options.aws()),
          all.images,
          all.calibrations,
          all.measurements,
          all.problems);
    }
  }

  private static Options usable(Options options) {
    if (options.needProfiles() && !Profiles.areKnown()) {
      System.err.println("this Sluice records no profiles: modes that need one are left out");
      return options.withoutProfiles();
    }
    return options;
  }

  private void run() throws IOException {
    Node.remove(options.directory().resolve("run"));
    ImageBuilder builder = new ImageBuilder(options.directory(), options.mirror());
    for (Recipe recipe : options.images()) {
      images.add(builder.make(recipe));
    }
    Path work = Files.createDirectories(options.directory().resolve("run"));
    try {
      Path registryHome = work.resolve("registry");
      try (DockerRegistry registry = DockerRegistry.start(registryHome);
          LinkProxy proxy = LinkProxy.start(registry.host())) {
        for (Image image : images) {
          push(registry, image, image.name());
          if (options.modes().contains(Mode.AWS_PREFETCH)) {
            push(registry, image, image.repository(Mode.Start.AWS_PREFETCH));
          }
        }
        Image largest = Collections.max(images, comparingLong(Image::compressedBytes));
        for (Link link : options.links()) {
          calibrations.add(Calibration.of(proxy, link, largest));
        }
        Trial trial = new Trial(work, proxy, registryHome, options);
        record(trial, registry);
        trials(trial);
      }
    } finally {
      Node.remove(work);
    }
  }

  /** Pushes an image and makes its index, straight to the registry. */
  private void push(DockerRegistry registry, Image image, String repository) {
    System.err.printf("pushing and indexing %s%n", repository);
    String reference = registry.host() + "/" + repository;
    String plain = options.convert() ? reference + ":plain" : reference + ":latest";
    Program.run(
        PUSH,
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "--dest-tls-verify=false",
        "oci:" + image.layout() + ":image",
        "docker://" + plain);
    List<Object> command =
        new ArrayList<>(List.of(options.convert() ? "convert" : "create", "--plain-http"));
    if (image.recipe().size().equals("tiny")) {
      command.addAll(List.of("--min-layer-size", "0"));
    }
    command.add(plain);
    if (options.convert()) {
      command.add(reference + ":latest");
    }
    Sluice.run(command.toArray());
  }

  /** Notes what the images read, and puts it beside the copies for AWS's snapshotter. */
  private void record(Trial trial, DockerRegistry registry) throws IOException {
    if (!options.needProfiles()) {
      return;
    }
    for (Image image : images) {
      System.err.printf("recording what %s reads%n", image.name());
      trial.record(image);
      if (options.modes().contains(Mode.AWS_PREFETCH)) {
        Sluice.run(
            "profile",
            "push",
            "--plain-http",
            "--root",
            trial.profiles().root(image),
            registry.host() + "/" + image.repository(Mode.Start.AWS_PREFETCH) + ":latest");
      }
    }
  }

  private void trials(Trial trial) throws IOException {
    List<Job> jobs = new ArrayList<>();
    for (int round = 1; round <= options.runs(); round++) {
      for (Image image : images) {
        for (Link link : options.links()) {
          for (Mode.Start start : Mode.starts(options.modes())) {
            jobs.add(new Job(image, link, start, round));
          }
        }
      }
    }
    Collections.shuffle(jobs, new Random(options.seed()));
    int number = 0;
    for (Job job : jobs) {
      System.err.printf("%d/%d %s: ", ++number, jobs.size(), job);
      try {
        for (Measurement each : trial.run(job.start, job.image, job.link, job.round)) {
          System.err.printf("%s %.2f s  ", each.mode().word(), each.readySeconds());
          problems.addAll(Results.contradictions(each, job.image));
          // After a start with a profile a second one is only checked.
          boolean counts = !each.mode().isSecond() || each.mode().start() == job.start;
          if (counts && options.modes().contains(each.mode())) {
            measurements.add(each);
          }
        }
        System.err.println();
      } catch (IOException | IllegalStateException e) {
        if (Thread.interrupted() || Interruption.requested()) {
          throw new IllegalStateException("interrupted", e);
        }
        System.err.println("FAILED");
        problems.add(job + ": " + e.getMessage());
      }
    }
  }
}
