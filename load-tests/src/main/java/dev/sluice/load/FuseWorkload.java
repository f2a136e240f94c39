package dev.sluice.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What {@link FuseBenchmark} does with a tree; each is a process that prints its rate. */
enum FuseWorkload {
  LIST_COLD("ls -lR, cold", "entries/s", Script.LIST),
  STAT_COLD("lstat in random order, cold", "1/s", Script.STAT),
  ABSENT_COLD("lstat of absent names, cold", "1/s", Script.ABSENT),
  STAT_WARM("lstat again", "1/s", Script.STAT_WARM),
  OPEN_WARM("open and close again", "1/s", Script.OPEN_WARM),
  SMALL_COLD("open, read 12 kB, close, cold", "1/s", Script.READ),
  SMALL_WARM("open, read 12 kB, close again", "1/s", Script.READ_WARM),
  RANDOM_4K("random 4 KiB, direct, 1 job", "1/s", 8, "--rw=randread --bs=4k --direct=1"),
  RANDOM_4K_JOBS(
      "random 4 KiB, direct, 8 jobs",
      "1/s",
      8,
      "--rw=randread --bs=4k --direct=1 --numjobs=8 --group_reporting"),
  SEQUENTIAL_DIRECT("sequential 1 MiB, direct", "MB/s", 7, "--rw=read --bs=1M --direct=1"),
  SEQUENTIAL_COLD("sequential 1 MiB, cold", "MB/s", 7, "--rw=read --bs=1M");

  private static final long TIMEOUT_SECONDS = 120;
  private static final int FIO_RATE = 8;

  private final String title;
  private final String unit;
  private final String script;
  private final int fioField;
  private final String fioOptions;

  FuseWorkload(String title, String unit, String script) {
    this.title = title;
    this.unit = unit;
    this.script = script;
    this.fioField = 0;
    this.fioOptions = "";
  }

  FuseWorkload(String title, String unit, int fioField, String fioOptions) {
    this.title = title;
    this.unit = unit;
    this.script = "";
    this.fioField = fioField;
    this.fioOptions = fioOptions;
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  boolean readsWholeBigFile() {
    return fioField != 0 && fioField != FIO_RATE;
  }

  /** The rate at which another process does it below {@code root}. */
  double run(Path root, long bigFileBytes) throws IOException {
    if (fioField == 0) {
      return Double.parseDouble(output(List.of("/usr/bin/python3", "-c", script, root.toString())));
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                "fio",
                "--minimal",
                "--name=x",
                "--ioengine=psync",
                "--readonly",
                "--filename=" + root.resolve("big"),
                "--size=" + bigFileBytes));
    command.addAll(Arrays.asList(fioOptions.split(" ", -1)));
    if (fioField == FIO_RATE) {
      command.addAll(List.of("--time_based", "--runtime=3"));
    }
    double value = Double.parseDouble(output(command).split(";", -1)[fioField - 1]);
    // fio gives the bandwidth in KiB/s.
    return fioField == FIO_RATE ? value : value * 1024 / 1e6;
  }

  private static String output(List<String> command) throws IOException {
    Path out = Files.createTempFile("sluice-benchmark", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(Path.of("/").toFile())
              .redirectOutput(out.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("no end within " + TIMEOUT_SECONDS + " s: " + command);
      }
      if (process.exitValue() != 0) {
        throw new IOException("exit " + process.exitValue() + " of " + command);
      }
      return Files.readString(out, StandardCharsets.UTF_8).strip();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Files.delete(out);
    }
  }

  /** Python that prints a rate; fields of the enum itself cannot be named by its constants. */
  private static final class Script {
    private static final String BEGIN =
        """
        import os, random, subprocess, sys, time
        root = sys.argv[1]
        names = ['%s/d%d/file-%d' % (root, d, f) for d in range(20) for f in range(500)]
        random.Random(1).shuffle(names)
        def rate(action):
          start = time.perf_counter()
          for name in names:
            action(name)
          print(len(names) / (time.perf_counter() - start))
        def read(name):
          f = os.open(name, os.O_RDONLY)
          os.read(f, 65536)
          os.close(f)
        def warm(action):
          for name in names:
            action(name)
        def absent(name):
          try:
            os.lstat(name + 'x')
          except FileNotFoundError:
            pass
        """;

    static final String LIST =
        BEGIN
            + """
            start = time.perf_counter()
            subprocess.run(['ls', '-lR', root], stdout=subprocess.DEVNULL, check=True)
            print(len(names) / (time.perf_counter() - start))
            """;
    static final String STAT = BEGIN + "rate(os.lstat)\n";
    static final String STAT_WARM = BEGIN + "warm(os.lstat)\nrate(os.lstat)\n";
    static final String ABSENT = BEGIN + "rate(absent)\n";
    static final String OPEN_WARM =
        BEGIN + "warm(read)\nrate(lambda n: os.close(os.open(n, os.O_RDONLY)))\n";
    static final String READ = BEGIN + "rate(read)\n";
    static final String READ_WARM = BEGIN + "warm(read)\nrate(read)\n";

    private Script() {}
  }
}
