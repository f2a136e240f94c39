package dev.sluice.load;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The registry client's range requests against wrk's, from the same server, in turn. Prints medians
 * of MB/s and of CPU seconds per GiB, and the ratio. Needs nginx and wrk. Arguments: seconds per
 * run (3), rounds (5).
 */
public final class RegistryClientBenchmark {
  private static final long FILE_BYTES = 512L << 20;
  private static final int[] SIZES = {1 << 20, 4 << 20};
  private static final int[] CONNECTIONS = {1, 4, 16};
  private static final Digest DIGEST = Digest.sha256(new byte[0]);

  private final int seconds;
  private final int port;
  private final Path directory;

  /** What one run moved and used. */
  private record Run(double megabytesPerSecond, double cpuSecondsPerGib) {
    static Run of(double bytes, double seconds, double cpuSeconds) {
      return new Run(bytes / 1e6 / seconds, cpuSeconds / (bytes / (1L << 30)));
    }
  }

  private RegistryClientBenchmark(int seconds, int port, Path directory) {
    this.seconds = seconds;
    this.port = port;
    this.directory = directory;
  }

  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    Path memory = Path.of("/dev/shm");
    Path directory =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "sluice-benchmark")
            : Files.createTempDirectory("sluice-benchmark");
    try (Nginx nginx = Nginx.start(directory)) {
      writeFile(directory.resolve("blob"));
      new RegistryClientBenchmark(seconds, nginx.port(), directory).run(rounds);
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
  }

  private static void writeFile(Path file) throws IOException {
    byte[] block = new byte[1 << 20];
    new Random(1).nextBytes(block);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long written = 0; written < FILE_BYTES; written += block.length) {
        out.write(block);
      }
    }
  }

  private void run(int rounds) throws Exception {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    RegistryClient client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults().withPlainHttp(true).withCredentials(CredentialSource.NONE));
    System.out.printf(
        "%d runs of %d s each, in turn; native transport: %b%n",
        rounds, seconds, vertx.isNativeTransportEnabled());
    System.out.println(
        "range     c   wrk MB/s  (CPU s/GiB)   client MB/s  (CPU s/GiB)   client/wrk");
    for (int warmUp = 0; warmUp < 3; warmUp++) {
      client(client, SIZES[0], CONNECTIONS[warmUp]);
    }
    for (int size : SIZES) {
      for (int connections : CONNECTIONS) {
        List<Run> wrk = new ArrayList<>();
        List<Run> ours = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
          wrk.add(wrk(size, connections));
          ours.add(client(client, size, connections));
        }
        print(size, connections, median(wrk), median(ours));
      }
    }
    client.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private static void print(int size, int connections, Run wrk, Run ours) {
    System.out.printf(
        "%d MiB  %4d   %8.0f  (%.2f)        %8.0f     (%.2f)        %.2f%n",
        size >> 20,
        connections,
        wrk.megabytesPerSecond(),
        wrk.cpuSecondsPerGib(),
        ours.megabytesPerSecond(),
        ours.cpuSecondsPerGib(),
        ours.megabytesPerSecond() / wrk.megabytesPerSecond());
  }

  private static Run median(List<Run> runs) {
    double[] rate = runs.stream().mapToDouble(Run::megabytesPerSecond).sorted().toArray();
    double[] cpu = runs.stream().mapToDouble(Run::cpuSecondsPerGib).sorted().toArray();
    return new Run(rate[rate.length / 2], cpu[cpu.length / 2]);
  }

  private Run wrk(int size, int connections) throws IOException, InterruptedException {
    Path script =
        Files.writeString(
            directory.resolve("range.lua"),
            """
            local size, count = %d, %d
            math.randomseed(42)
            request = function()
              local from = math.random(0, count - 1) * size
              wrk.headers["Range"] = "bytes=" .. from .. "-" .. (from + size - 1)
              return wrk.format("GET", nil)
            end
            done = function(summary, latency, requests)
              io.write("moved ", summary.bytes, " ", summary.duration, "\\n")
            end
            """
                .formatted(size, FILE_BYTES / size));
    String command =
        "wrk -t1 -c%d -d%ds -s %s http://127.0.0.1:%d/blob; times"
            .formatted(connections, seconds, script, port);
    Process process = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    process.waitFor();
    List<String> lines = output.lines().toList();
    String[] moved =
        lines.stream()
            .filter(line -> line.startsWith("moved "))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("wrk said: " + output))
            .split(" ", -1);
    return Run.of(
        Double.parseDouble(moved[1]),
        Double.parseDouble(moved[2]) / 1e6,
        childSeconds(lines.getLast()));
  }

  /** Reads "0m1.234s 0m0.567s", user and system time. */
  private static double childSeconds(String times) {
    double sum = 0;
    for (String one : times.strip().split("\\s+", -1)) {
      int minutes = one.indexOf('m');
      sum += 60 * Double.parseDouble(one.substring(0, minutes));
      sum += Double.parseDouble(one.substring(minutes + 1, one.length() - 1));
    }
    return sum;
  }

  private Run client(RegistryClient client, int size, int connections) throws Exception {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    List<Reader> readers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      readers.add(new Reader(client, size, end, i));
    }
    Future.all(readers.stream().map(Reader::start).toList()).await(seconds + 60, TimeUnit.SECONDS);
    double took = (System.nanoTime() - start) / 1e9;
    double used = (system.getProcessCpuTime() - cpu) / 1e9;
    return Run.of((double) readers.stream().mapToLong(reader -> reader.bytes).sum(), took, used);
  }

  /** Reads one range after the other. */
  private final class Reader {
    private final RegistryClient client;
    private final int size;
    private final long end;
    private final Random random;
    private final Promise<Void> done = Promise.promise();
    private final Repository repository = new Repository("127.0.0.1:" + port, "bench");
    private final Descriptor blob = Descriptor.of("application/octet-stream", DIGEST, FILE_BYTES);
    private long bytes;

    Reader(RegistryClient client, int size, long end, int seed) {
      this.client = client;
      this.size = size;
      this.end = end;
      this.random = new Random(seed);
    }

    Future<Void> start() {
      next();
      return done.future();
    }

    private void next() {
      if (System.nanoTime() >= end) {
        done.complete();
        return;
      }
      long from = (long) random.nextInt((int) (FILE_BYTES / size)) * size;
      client
          .range(repository, blob, from, from + size, part -> bytes += part.length())
          .onSuccess(_ -> next())
          .onFailure(done::fail);
    }
  }
}
