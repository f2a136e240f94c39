package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.config.Configuration;
import dev.sluice.config.ConfigurationLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shipped beside the program, judged by the programs that will read it. */
class PackagingTest {
  private static final Path TOP = Path.of("..");

  @TempDir Path directory;

  private record Ran(int code, String said) {}

  private static Ran run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), said);
  }

  @Test
  void systemdTakesTheUnit() throws Exception {
    boolean there =
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "systemd-analyze")));
    Assumptions.assumeTrue(there, "SKIPPED: there is no systemd-analyze here");
    String unit = Files.readString(TOP.resolve("conf/systemd/sluice.service"));
    Path copy = directory.resolve("sluice.service");
    Files.writeString(copy, unit.replace("/usr/local/bin/sluice", "/bin/true"));
    Ran verified = run("systemd-analyze", "verify", copy.toString());
    // A systemd before 254 says that it does without this one, and goes on.
    assertThat(verified.said().lines())
        .allMatch(line -> line.contains("Unknown key 'FileDescriptorStorePreserve'"));
    assertThat(verified.code()).isZero();
  }

  /** What a service that mounts and unpacks can do without, it does without: from 8.7 to 6.1. */
  @Test
  void theUnitMayDoLittleMoreThanItMust() throws Exception {
    Path unit = TOP.resolve("conf/systemd/sluice.service").toAbsolutePath();
    Ran judged;
    try {
      judged =
          run("systemd-analyze", "security", "--offline=true", "--threshold=62", unit.toString());
    } catch (IOException e) {
      Assumptions.abort("SKIPPED: there is no systemd-analyze here");
      return;
    }
    Assumptions.assumeFalse(
        judged.said().contains("offline"), "SKIPPED: systemd is too old to judge a file");
    assertThat(judged.said()).contains("Overall exposure level");
    assertThat(judged.code()).as(judged.said()).isZero();
  }

  /** Any of these gives the service a mount namespace, in which containers don't see its mounts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PrivateTmp",
        "PrivateMounts",
        "PrivateDevices",
        "ProtectSystem",
        "ProtectHome",
        "ProtectKernelTunables",
        "ProtectKernelModules",
        "ProtectKernelLogs",
        "ProtectControlGroups",
        "ReadOnlyPaths",
        "ReadWritePaths",
        "InaccessiblePaths",
        "BindPaths",
        "TemporaryFileSystem",
        "DynamicUser",
        "RootDirectory",
        "MountFlags",
        "ProtectProc",
        "RestrictNamespaces"
      })
  void theUnitHidesNoMounts(String directive) throws Exception {
    assertThat(Files.readAllLines(TOP.resolve("conf/systemd/sluice.service")))
        .noneMatch(line -> line.startsWith(directive + "="));
  }

  @ParameterizedTest
  @CsvSource({
    "1.6.toml, sluice",
    "1.7.toml, sluice",
    "2.x.toml, sluice",
    "soci-drop-in.toml, soci"
  })
  void containerdTakesTheSnippets(String name, String plugin) throws Exception {
    Path file = TOP.resolve("conf/containerd").resolve(name);
    Ran dump = run("containerd", "--config", file.toString(), "config", "dump");
    assertThat(dump.code()).as(dump.said()).isZero();
    assertThat(dump.said())
        .contains("[proxy_plugins." + plugin + "]\n    address = \"/run/sluice/sluice.sock\"");
    // This distribution's containerd knows version 2 only, and that in full.
    if (name.startsWith("1.")) {
      assertThat(dump.said())
          .contains("disable_snapshot_annotations = false")
          .contains("snapshotter = \"sluice\"");
    }
  }

  private Ran add(Path file) throws Exception {
    return run("sh", TOP.resolve("conf/containerd/add-sluice.sh").toString(), file.toString());
  }

  private static Verdict judge(Path file) throws IOException {
    return new ContainerdConfigCheck(file, Configuration.defaults())
        .run().stream().map(Finding::verdict).max(Comparator.naturalOrder()).orElseThrow();
  }

  @Test
  void theScriptAddsOurLinesToContainerdsOwnConfigurationAndNothingElse() throws Exception {
    Path file = directory.resolve("config.toml");
    String before = run("containerd", "config", "default").said();
    Files.writeString(file, before);
    assertThat(judge(file)).isEqualTo(Verdict.FAIL);
    Ran added = add(file);
    assertThat(added.code()).as(added.said()).isZero();
    assertThat(judge(file)).isEqualTo(Verdict.OK);
    String after = Files.readString(file);
    assertThat(run("containerd", "--config", file.toString(), "config", "dump").code()).isZero();
    assertThat(after.lines())
        .containsAll(
            before
                .lines()
                .filter(line ->
                    !line.strip().equals("snapshotter = \"overlayfs\"")
                        && !line.strip().equals("disable_snapshot_annotations = true"))
                .toList());
    assertThat(directory.resolve("config.toml.before-sluice")).hasContent(before);
    assertThat(add(file).said()).contains("has it all");
    assertThat(file).hasContent(after);
  }

  @Test
  void theScriptMakesAFileWhereThereIsNone() throws Exception {
    Path file = directory.resolve("config.toml");
    assertThat(add(file).code()).isZero();
    assertThat(judge(file)).isEqualTo(Verdict.OK);
  }

  /** For nerdctl, which offers layers to snapshotters of names that it knows. */
  @Test
  void theScriptGivesTheServiceAnotherName() throws Exception {
    Path file = Files.writeString(directory.resolve("named.toml"), "version = 3\n");
    String script = TOP.resolve("conf/containerd/add-sluice.sh").toString();
    assertThat(run("sh", script, file.toString(), "soci").code()).isZero();
    String once = Files.readString(file);
    assertThat(once).contains("[proxy_plugins.soci]", "[proxy_plugins.soci.exports]");
    assertThat(once.lines().filter(line -> line.contains("snapshotter = \"soci\""))).hasSize(2);
    assertThat(once).doesNotContain("\"sluice\"");
    assertThat(run("sh", script, file.toString(), "soci").said()).contains("has it all");
    assertThat(run("sh", script, file.toString(), "so\"ci").code()).isEqualTo(1);
    assertThat(file).hasContent(once);
  }

  private static long count(Path file, String line) throws IOException {
    return Files.readAllLines(file).stream().filter(each -> each.strip().equals(line)).count();
  }

  /** Of containerd 2: for the CRI, and for clients that pull by the transfer service. */
  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void theScriptKnowsTheVersionsOfContainerd2(int version) throws Exception {
    String list = "[[plugins.\"io.containerd.transfer.v1.local\".unpack_config]]";
    Path file = Files.writeString(directory.resolve("new.toml"), "version = " + version + "\n");
    Ran added = add(file);
    assertThat(added.code()).as(added.said()).isZero();
    assertThat(judge(file)).isEqualTo(Verdict.OK);
    assertThat(Files.readString(file))
        .contains("[plugins.\"io.containerd.cri.v1.images\"]\n  snapshotter = \"sluice\"")
        .contains("capabilities = [\"remap-ids\", \"multi-remap-ids\"]")
        .contains("enable_remote_snapshot_annotations = \"true\"");
    assertThat(count(file, list)).as("containerd's default, and ours").isEqualTo(2);
    assertThat(count(file, "snapshotter = \"overlayfs\"")).isEqualTo(1);
    String once = Files.readString(file);
    assertThat(add(file).said()).contains("has it all");
    assertThat(file).hasContent(once);

    Path listed =
        Files.writeString(
            directory.resolve("listed.toml"),
            "version = %d\n%s\n  platform = \"linux\"\n  snapshotter = 'native'\n"
                .formatted(version, list));
    assertThat(add(listed).code()).isZero();
    assertThat(count(listed, list)).as("the user's list, and ours").isEqualTo(2);
    assertThat(count(listed, "snapshotter = \"overlayfs\"")).isZero();
  }

  @Test
  void theScriptLeavesAloneWhatItDoesNotUnderstand() throws Exception {
    Path old = Files.writeString(directory.resolve("old.toml"), "oom_score = 0\n");
    assertThat(add(old).code()).isEqualTo(1);
    assertThat(old).hasContent("oom_score = 0\n");
    // The table is there in another form, so that ours would be its second.
    String inline = "version = 2\n[plugins]\n\"io.containerd.grpc.v1.cri\" = {containerd = {}}\n";
    Path other = Files.writeString(directory.resolve("inline.toml"), inline);
    Ran refused = add(other);
    assertThat(refused.code()).as(refused.said()).isEqualTo(1);
    assertThat(refused.said()).contains("stays as it is");
    assertThat(other).hasContent(inline);
  }

  private static String yaml(String program, Path file) throws Exception {
    Ran ran = run("python3", "-c", "import sys, yaml\n" + program, file.toString());
    assertThat(ran.code()).as(ran.said()).isZero();
    return ran.said();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker/kubernetes/install.yaml",
        "docker/kubernetes/pod.yaml",
      })
  void theManifestsHoldAConfigurationThatWeTake(String name) throws Exception {
    String kinds =
        yaml(
            """
            for d in yaml.safe_load_all(open(sys.argv[1])):
                print(d['apiVersion'], d['kind'], d['metadata']['name'])
            """,
            TOP.resolve(name));
    assertThat(kinds).contains("apps/v1 DaemonSet").contains("v1 ConfigMap sluice");
    String toml =
        yaml(
            """
            for d in yaml.safe_load_all(open(sys.argv[1])):
                if d['kind'] == 'ConfigMap': print(d['data']['config.toml'])
            """,
            TOP.resolve(name));
    Path file = Files.writeString(directory.resolve("config.toml"), toml);
    assertThat(ConfigurationLoader.loadFile(file).changed()).isPositive();
  }

  @Test
  void theVariablesOfTheComposeFileAreOurs() throws Exception {
    String variables =
        yaml(
            """
            e = yaml.safe_load(open(sys.argv[1]))['services']['sluice']['environment']
            for k, v in e.items(): print(k + '=' + str(v))
            """,
            TOP.resolve("docker/compose.yaml"));
    var environment = new java.util.TreeMap<String, String>();
    variables
        .lines()
        .forEach(line -> environment.put(line.split("=", 2)[0], line.split("=", 2)[1]));
    assertThat(new ConfigurationLoader(environment).load(null, List.of()).changed())
        .isEqualTo(environment.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker/sluice",
        "docker/kubernetes/install.sh",
        "conf/containerd/add-sluice.sh",
      })
  void theScriptsAreShell(String name) throws Exception {
    Path script = TOP.resolve(name);
    assertThat(Files.isExecutable(script)).isTrue();
    assertThat(run("sh", "-n", script.toString())).isEqualTo(new Ran(0, ""));
  }

  @Test
  void bothLaunchersGiveTheJvmTheSameFlags() throws Exception {
    List<String> flags = flags(TOP.resolve("scripts/machine.sh"), "jvm_flags=(", ")");
    assertThat(flags).hasSizeGreaterThan(10).contains("-XX:MaxDirectMemorySize=64g");
    assertThat(flags(TOP.resolve("docker/sluice"), "java() {", "}"))
        .containsExactlyInAnyOrderElementsOf(flags);
  }

  /** The words that begin with a dash, from one line to another. */
  private static List<String> flags(Path script, String first, String last) throws IOException {
    return Files.readAllLines(script).stream()
        .dropWhile(line -> !line.equals(first))
        .takeWhile(line -> !line.equals(last))
        .filter(line -> !line.strip().startsWith("#"))
        .flatMap(line -> Stream.of(line.strip().split("\\s+")))
        .filter(word -> word.startsWith("-"))
        .toList();
  }

  /** The host is a directory, and its commands are only noted. */
  @Test
  void theInstallerPutsAllOnTheHostAndRestartsOnlyWhatChanged() throws Exception {
    Path host = directory.resolve("host");
    Path from = Files.createDirectories(directory.resolve("from/share")).getParent();
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Files.createDirectories(host.resolve("etc/containerd"));
    Files.writeString(
        host.resolve("etc/containerd/config.toml"), run("containerd", "config", "default").said());
    for (String shared : List.of("systemd/sluice.service", "containerd/add-sluice.sh")) {
      Path source = TOP.resolve("conf").resolve(shared);
      Files.copy(source, from.resolve("share").resolve(source.getFileName()));
    }
    Files.writeString(from.resolve("sluice-proxy.jar"), "jar 1");
    script(from.resolve("sluice"), "echo \"sluice $*\"");
    script(
        bin.resolve("nsenter"),
        "while [ \"$1\" != -- ]; do shift; done; shift; echo \"host: $*\"\n"
            + "[ \"$1\" != sh ] || sh \"$HOST$2\" \"$HOST$3\"");
    Path config = Files.writeString(directory.resolve("c.toml"), "version = 1\n");
    ProcessBuilder install =
        new ProcessBuilder("sh", TOP.resolve("docker/kubernetes/install.sh").toString())
            .redirectErrorStream(true);
    install
        .environment()
        .putAll(
            java.util.Map.of(
                "HOST", host.toString(),
                "FROM", from.toString(),
                "CONFIG", config.toString(),
                "EDIT_CONTAINERD", "yes",
                "PATH", bin + ":" + System.getenv("PATH")));

    assertThat(said(install))
        .contains("sluice config check", "host: systemctl restart sluice.service")
        .contains("host: systemctl restart containerd.service", "sluice doctor");
    assertThat(host.resolve("opt/sluice/sluice-proxy.jar")).hasContent("jar 1");
    assertThat(host.resolve("etc/systemd/system/sluice.service")).exists();
    assertThat(host.resolve("etc/sluice/config.toml")).hasContent("version = 1\n");
    assertThat(judge(host.resolve("etc/containerd/config.toml"))).isEqualTo(Verdict.OK);

    assertThat(said(install))
        .contains("systemctl start sluice.service")
        .doesNotContain("restart s");

    Files.writeString(from.resolve("sluice-proxy.jar"), "jar 2");
    assertThat(said(install))
        .contains("host: systemctl restart sluice.service")
        .doesNotContain("restart containerd");
    assertThat(host.resolve("opt/sluice/sluice-proxy.jar")).hasContent("jar 2");
    assertThat(host.resolve("opt/sluice.old")).doesNotExist();
  }

  private static void script(Path path, String body) throws IOException {
    Files.writeString(path, "#!/bin/sh\n" + body + "\n");
    assertThat(path.toFile().setExecutable(true)).isTrue();
  }

  private static String said(ProcessBuilder builder) throws Exception {
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  @Test
  void whatTheImageCopiesIsThereAndReachesTheBuild() throws Exception {
    List<String> sources =
        Files.readAllLines(TOP.resolve("docker/Dockerfile")).stream()
            .filter(line -> line.startsWith("COPY ") && !line.contains("--from"))
            .flatMap(line -> Stream.of(line.split(" ")).skip(1))
            .filter(word -> !word.startsWith("/"))
            .toList();
    assertThat(sources)
        .contains("docker/sluice")
        .allMatch(s -> s.startsWith("proxy/target/") || Files.exists(TOP.resolve(s)));
    // All is kept from the build but what is named there.
    assertThat(Files.readAllLines(TOP.resolve(".dockerignore")))
        .startsWith("*")
        .containsAll(sources.stream().map(source -> "!" + source).toList());
  }
}
