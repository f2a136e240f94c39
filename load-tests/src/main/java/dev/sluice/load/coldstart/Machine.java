package dev.sluice.load.coldstart;

import dev.sluice.load.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the machine is, as far as results depend on it. */
final class Machine {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Machine() {}

  static Map<String, String> describe(@Nullable Path aws) throws IOException {
    Map<String, String> found = new LinkedHashMap<>();
    found.put("cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
    found.put("cpu", cpu());
    found.put("memory", memory());
    found.put("kernel", System.getProperty("os.version"));
    found.put("java", Runtime.version().toString());
    found.put("containerd", said("containerd", "--version"));
    found.put("runc", said("runc", "--version"));
    if (aws != null) {
      found.put("soci-snapshotter", said(aws.toString(), "--version"));
    }
    found.put(
        "unpigz",
        Program.result(LIMIT, Map.of(), "sh", "-c", "command -v unpigz").exitCode() == 0
            ? "installed"
            : "not installed");
    found.put("load", Files.readString(Path.of("/proc/loadavg")).strip());
    return found;
  }

  private static String cpu() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 2))
        .findFirst()
        .orElse("unknown");
  }

  private static String memory() throws IOException {
    String total = Files.readAllLines(Path.of("/proc/meminfo")).getFirst();
    return Long.parseLong(total.replaceAll("[^0-9]", "")) / 1_000_000 + " GB";
  }

  private static String said(String... command) {
    return Program.run(LIMIT, (Object[]) command).lines().findFirst().orElse("");
  }
}
