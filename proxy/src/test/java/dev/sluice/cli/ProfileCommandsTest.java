package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.CommandedService;
import dev.sluice.oci.Digest;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileEntry;
import dev.sluice.profile.ProfileStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileCommandsTest {
  private static final Digest LAYER = Digest.sha256(new byte[] {1});
  private static final Digest IMAGE = Digest.sha256(new byte[] {2});

  @TempDir Path directory;
  private int code;

  private String run(String... command) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    code = Main.run(stream, stream, command);
    return said.toString(StandardCharsets.UTF_8);
  }

  private String onProfiles(String command, String... more) {
    String[] all = new String[more.length + 4];
    all[0] = "profile";
    all[1] = command;
    all[2] = "--root";
    all[3] = directory.toString();
    System.arraycopy(more, 0, all, 4, more.length);
    return run(all);
  }

  private void keep() {
    new ProfileStore(directory.resolve("profiles"))
        .save(
            new Profile(
                IMAGE,
                "docker.io/library/app:1",
                Instant.now(),
                1,
                List.of(
                    new ProfileEntry(LAYER, "bin/app", 512, 512, 1000, 1, List.of(0L)),
                    new ProfileEntry(LAYER, "bin/app", 512, 1000, 2000, 1, List.of(15L)),
                    new ProfileEntry(LAYER, "etc/x", 4096, 4096, 4196, 1, List.of(1234L)))));
  }

  @Test
  void listsShowsAndForgets() {
    keep();
    assertThat(onProfiles("list")).contains("docker.io/library/app:1", IMAGE.brief());
    assertThat(onProfiles("show", "app:1").lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "NO TIME SEEN LAYER BYTES OF FILE PATH",
            "1 0.000s 1 " + LAYER.brief() + " 0-488 /bin/app",
            "2 0.015s 1 " + LAYER.brief() + " 488-1488 /bin/app",
            "3 1.234s 1 " + LAYER.brief() + " 0-100 /etc/x");
    assertThat(onProfiles("show", "app:1", "-o", "json")).contains("\"time_ms\":1234");
    assertThat(onProfiles("remove", IMAGE.brief())).contains(IMAGE.toString());
    assertThat(onProfiles("show", "app:1")).contains("there is none");
    assertThat(code).isEqualTo(1);
  }

  @Test
  void whatIsExportedIsAManifest() throws Exception {
    keep();
    Path file = directory.resolve("app.json");
    Files.writeString(file, onProfiles("export", "app:1"));
    assertThat(Files.readString(file))
        .contains("{\"path\":\"/bin/app\",\"ranges\":[{\"from\":0,\"to\":1488}]}");
    assertThat(run("prefetch", "check", file.toString())).isEqualTo("ok\n");
    Files.writeString(file, "{\"images\":[{\"image\":\"a\",\"files\":[{\"path\":\"b\"}]}]}");
    assertThat(run("prefetch", "check", directory.toString())).startsWith(file + ":1: 'b'");
    assertThat(code).isEqualTo(2);
  }

  @Test
  void artifactsAreOneForEachLayer_andNeedAPlace() {
    keep();
    assertThat(onProfiles("export", "--format=soci", "app:1")).contains("--to DIR");
    assertThat(code).isEqualTo(2);
  }

  @Test
  void recordAsksTheService() {
    Path socket = directory.resolve("s.sock");
    try (CommandedService service = new CommandedService(socket)) {
      assertThat(run("profile", "record", "app:1", "--address", socket.toString()))
          .contains("4 parts");
      assertThat(run("profile", "record", "app:1", "--for=10ms", "--address", socket.toString()))
          .contains("5 parts");
      assertThat(service.commands)
          .containsExactly("record app:1", "state app:1", "hold app:1", "end app:1");
    }
  }
}
