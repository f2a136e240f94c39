package dev.sluice.load.coldstart;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the command line. */
final class OptionsReader {
  static final String USAGE =
      """
      usage: load-tests/coldstart [OPTIONS]

      Cold starts of containers, measured on this machine: images of Debian packages are made, indexed and
      pushed to a registry behind a link of a given round trip and rate; each is started on fresh
      nodes until it says that it is ready. Needs root.

        --images LIST     redis, postgres, node, java, torch, busybox; or small, medium, large, tiny
                          (default: redis,postgres,node,java,torch)
        --links LIST      loopback, or ROUNDTRIPms/RATE[M|G]bit
                          (default: 20ms/1Gbit,100ms/200Mbit,loopback)
        --modes LIST      eager, lazy, profile; second, local: a second container, lazy and on overlayfs;
                          lazy-fuse, profile-fuse, second-fuse: the same where FUSE answers for names,
                          not EROFS; with --aws also aws, aws-prefetch, aws-second (default: all)
        --aws PROGRAM     compare with AWS's snapshotter: a soci-snapshotter-grpc that you have. It gets
                          the same indexes; in the mode aws-prefetch also what profile has recorded
        --runs N          rounds of each (default 5)
        --seed N          of the order of trials (default: another each time; printed)
        --convert         put the index into the image (SOCI v2) instead of beside it
        --unpigz          let containerd decompress by unpigz, if it is installed. Debian's containerd
                          comes without it, so the default is containerd's own decompression
        --keep-caches     do not make the kernel drop its caches before each trial
        --no-settle       begin in the second in which the daemons have started, not when they are idle
        --json FILE       write all results there
        --traces DIR      write the requests and logs of each trial there
        --write-docs      rewrite the sections of these links in docs/performance.md, and their charts
        --directory DIR   where images are kept for the next time, and nodes while they run
                          (default: /var/tmp/sluice-coldstart; about 6 GB)
        --mirror URL      of Debian packages (default: this machine's)
      """;

  private static final int MOST_RUNS = 1000;

  private List<Recipe> images = Recipes.named(List.of("small", "medium", "large"));
  private List<Link> links = links("20ms/1Gbit,100ms/200Mbit,loopback");
  private @Nullable List<Mode> modes;
  private int runs = 5;
  private long seed = System.nanoTime() & 0xffff_ffffL;
  private Path directory = Path.of("/var/tmp/sluice-coldstart");
  private @Nullable String mirror;
  private boolean convert;
  private boolean unpigz;
  private boolean dropCaches = true;
  private boolean settle = true;
  private @Nullable Path aws;
  private @Nullable Path json;
  private @Nullable Path traces;
  private boolean writeDocs;

  private OptionsReader() {}

  /** Throws {@link IllegalArgumentException} that says what is wrong. */
  static Options read(String... arguments) {
    OptionsReader reader = new OptionsReader();
    Deque<String> left = new ArrayDeque<>(Arrays.asList(arguments));
    while (!left.isEmpty()) {
      reader.take(left.removeFirst(), left);
    }
    return reader.options();
  }

  private Options options() {
    return new Options(
        images,
        links,
        modes(),
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

  private void take(String flag, Deque<String> left) {
    switch (flag) {
      case "--convert" -> convert = true;
      case "--keep-caches" -> dropCaches = false;
      case "--no-settle" -> settle = false;
      case "--settle" -> settle = true;
      case "--unpigz" -> unpigz = true;
      case "--write-docs" -> writeDocs = true;
      default -> {
        if (left.isEmpty()) {
          throw new IllegalArgumentException("unknown option, or its value is missing: " + flag);
        }
        set(flag, left.removeFirst());
      }
    }
  }

  private void set(String flag, String value) {
    switch (flag) {
      case "--images" -> images = Recipes.named(words(value));
      case "--links" -> links = links(value);
      case "--modes" -> modes = words(value).stream().map(Mode::parse).toList();
      case "--runs" -> runs = Math.toIntExact(number(flag, value, 1, MOST_RUNS));
      case "--seed" -> seed = number(flag, value, Long.MIN_VALUE, Long.MAX_VALUE);
      case "--aws" -> aws = program(flag, value);
      case "--json" -> json = Path.of(value);
      case "--traces" -> traces = Path.of(value);
      case "--directory" -> directory = Path.of(value).toAbsolutePath();
      case "--mirror" -> mirror = value;
      default -> throw new IllegalArgumentException("unknown option: " + flag);
    }
  }

  private List<Mode> modes() {
    if (modes == null) {
      return aws == null ? Mode.own() : List.of(Mode.values());
    }
    if (aws == null && modes.stream().anyMatch(mode -> mode.start().isForeign())) {
      throw new IllegalArgumentException(
          "modes of AWS's snapshotter need it: --aws PATH of a soci-snapshotter-grpc");
    }
    return modes;
  }

  private static Path program(String flag, String value) {
    Path program = Path.of(value).toAbsolutePath();
    if (!Files.isExecutable(program)) {
      throw new IllegalArgumentException("%s: %s is no program".formatted(flag, program));
    }
    return program;
  }

  private static long number(String flag, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new IllegalArgumentException("%s: '%s' is no number it can be".formatted(flag, value));
  }

  private static List<String> words(String list) {
    return List.of(list.split(",", -1));
  }

  private static List<Link> links(String list) {
    return words(list).stream().map(Link::parse).toList();
  }
}
