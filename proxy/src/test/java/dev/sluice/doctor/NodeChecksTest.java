package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Configuration;
import dev.sluice.config.ConfigurationLoader;
import dev.sluice.config.ConfigurationLoader.Flag;
import dev.sluice.control.ServiceStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checks that only read, on machines made of files. */
class NodeChecksTest {
  @TempDir Path directory;
  private Path proc;

  @BeforeEach
  void wellMachine() throws Exception {
    proc = directory.resolve("proc");
    write("sys/kernel/osrelease", "6.12.9-arch1\n");
    write("filesystems", "nodev\tsysfs\n\text4\nnodev\tfuse\nnodev\toverlay\nnodev\tfusectl\n");
    write("self/status", "Name:\tjava\nCapEff:\t000001ffffffffff\n");
    write(
        "self/limits",
        "Limit  Soft Hard Units\nMax open files            1048576   1048576   files\n");
  }

  private void write(String file, String text) throws Exception {
    Path path = proc.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Machine machine() {
    return new Machine(proc, directory.resolve("fuse"));
  }

  private static Configuration configuration(String... settings) {
    return new ConfigurationLoader(Map.of("SLUICE_CONFIG", ""))
        .load(null, Stream.of(settings).map(Flag::parse).toList())
        .configuration();
  }

  private static Finding worst(List<Finding> findings) {
    return findings.stream().max(java.util.Comparator.comparing(Finding::verdict)).orElseThrow();
  }

  @Test
  void aWellKernelIsFoundWell() throws Exception {
    assertThat(worst(new KernelCheck(machine()).run()).verdict()).isEqualTo(Verdict.OK);
    assertThat(worst(new LimitCheck(machine(), "self").run()).verdict()).isEqualTo(Verdict.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "4.14.336-amzn2, FAIL, needs 4.18",
    "5.4.0-200-generic, WARN, survives a restart",
    "5.15.0-1053-aws, WARN, user namespaces",
    "6.9.1, WARN, user namespaces",
    "6.12.0, OK, Linux 6.12.0",
    "7.0.0-rc1, OK, Linux 7",
    "strange, WARN, no known form",
  })
  void theKernelIsJudgedByWhatItLacks(String release, Verdict verdict, String detail)
      throws Exception {
    write("sys/kernel/osrelease", release + "\n");
    Finding found = worst(new KernelCheck(machine()).run());
    assertThat(found.verdict()).isEqualTo(verdict);
    assertThat(new KernelCheck(machine()).run().getFirst().detail()).contains(detail);
  }

  @Test
  void missingFileSystemsAndRightsAreFound() throws Exception {
    write("filesystems", "nodev\tfusectl\n\tmyoverlay\n");
    write("self/status", "CapEff:\t00000000a80425fb\n");
    assertThat(new KernelCheck(machine()).run())
        .filteredOn(finding -> finding.verdict() == Verdict.FAIL)
        .extracting(Finding::detail)
        .containsExactly(
            "has no file system fuse",
            "has no file system overlay",
            "may not mount: no CAP_SYS_ADMIN");
  }

  @Test
  void whatDecompressesIsSaid() throws Exception {
    assertThat(new InflaterCheck().run())
        .singleElement()
        .satisfies(finding -> assertThat(finding.detail()).isEqualTo("by libdeflate"));
  }

  @Test
  void aLowLimitOfTheServiceIsFound() throws Exception {
    write("42/limits", "Max open files            1024                 4096   files\n");
    assertThat(new LimitCheck(machine(), "42").run())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.WARN);
          assertThat(finding.detail()).isEqualTo("the service may open only 1024");
          assertThat(finding.advice()).contains("LimitNOFILE");
        });
  }

  @Test
  void aDiskThatIsTooSmallIsFound() throws Exception {
    String root = "root=" + directory;
    assertThat(
            worst(
                    new StateCheck(configuration(root, "cache.disk=1MiB", "cache.disk_reserve=1"))
                        .run())
                .verdict())
        .isEqualTo(Verdict.OK);
    assertThat(
            worst(
                new StateCheck(configuration(root, "cache.disk=900T", "cache.disk_reserve=1"))
                    .run()))
        .satisfies(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.WARN);
          assertThat(finding.detail()).contains("cache.disk (900TiB) will not be reached");
        });
    assertThat(worst(new StateCheck(configuration(root, "cache.disk_reserve=900T")).run()))
        .satisfies(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.FAIL);
          assertThat(finding.detail()).contains("nothing is cached");
        });
  }

  @Test
  void aServiceThatDoesNotRunIsFound() {
    Finding found = new ServiceCheck(directory.resolve("s.sock"), directory).run().getFirst();
    assertThat(found.verdict()).isEqualTo(Verdict.WARN);
    assertThat(found.advice()).contains("systemctl start sluice");
  }

  @Test
  void whoKeepsTheMountIsTold() {
    assertThat(kept("a process of its own"))
        .isEqualTo(
            Finding.ok(
                "service", "its mount is kept by a process of its own: containers outlive it"));
    assertThat(kept("nobody else: it ends with this process").verdict()).isEqualTo(Verdict.WARN);
    assertThat(kept(null).verdict()).isEqualTo(Verdict.WARN);
  }

  private static Finding kept(@Nullable String keeper) {
    return ServiceCheck.keeps(new ServiceStatus("1", 2, Instant.EPOCH, "/srv", keeper));
  }

  @Test
  void aBrokenHostsFileIsFound() throws Exception {
    Path good = Files.createDirectories(directory.resolve("certs.d/docker.io"));
    Files.writeString(good.resolve("hosts.toml"), "server = 'https://x'\n");
    HostsCheck check =
        new HostsCheck(List.of(directory.resolve("certs.d"), directory.resolve("none")));
    assertThat(check.run()).extracting(Finding::detail).containsExactly("1 hosts.toml");
    Path odd = Files.createDirectories(directory.resolve("certs.d/ghcr.io"));
    Files.writeString(odd.resolve("hosts.toml"), "[host.'https://x']\ncapabilitys = ['pull']\n");
    assertThat(check.run())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.WARN);
          assertThat(finding.detail()).contains("capabilitys");
        });
    Files.delete(odd.resolve("hosts.toml"));
    Path bad = Files.createDirectories(directory.resolve("certs.d/quay.io"));
    Files.writeString(bad.resolve("hosts.toml"), "server = 'https://x'\n[host.\n");
    assertThat(check.run())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.FAIL);
          assertThat(finding.detail()).contains(bad.resolve("hosts.toml") + ": line 2");
        });
  }
}
