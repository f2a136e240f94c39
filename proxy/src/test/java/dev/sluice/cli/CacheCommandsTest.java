package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.CommandedService;
import dev.sluice.control.LayerStatus;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands about the cache print. */
class CacheCommandsTest {
  @TempDir Path directory;
  private CommandedService service;

  @BeforeEach
  void listen() {
    service = new CommandedService(directory.resolve("s.sock"));
  }

  @AfterEach
  void close() {
    service.close();
  }

  private Run run(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 3);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[0] = "cache";
    all[arguments.length + 1] = "--address";
    all[arguments.length + 2] = directory.resolve("s.sock").toString();
    return Run.of(all);
  }

  private static LayerStatus layer(long cached, String fill, @Nullable String failure) {
    return new LayerStatus(
        1,
        "a:1",
        "sha256:ab",
        true,
        50,
        100,
        cached,
        0,
        0,
        null,
        0,
        0,
        null,
        fill,
        failure,
        "erofs",
        null,
        Instant.EPOCH);
  }

  @Test
  void sayWhatTheyDid() {
    assertThat(run("pin", "a:1").err()).isEqualTo("a:1: pinned, 40 B of 100 B are here\n");
    assertThat(run("unpin", "a:1").err())
        .isEqualTo("a:1: no longer pinned, 40 B of 100 B are here\n");
    assertThat(run("warm", "a:1").err()).isEqualTo("a:1: 60 B of 100 B to come\n");
    Run gc = run("gc");
    assertThat(gc.out())
        .isEqualTo(
            """
            LAYER         BYTES
            abcdef012345  7.00 MiB
            """);
    assertThat(gc.err()).isEqualTo("1 layers dropped, 7.00 MiB freed\n");
    assertThat(run("pin", "a:1", "-o", "json").out())
        .isEqualTo(
            "{\"reference\":\"a:1\",\"layers\":3,\"bytes\":100,\"cached_bytes\":40,\"pinned\":true}\n");
    assertThat(run("gc", "--json").out())
        .isEqualTo("{\"collected\":[{\"layer\":\"abcdef0123456789\",\"bytes\":7340032}]}\n");
  }

  @Test
  void warmWaitsUntilAllIsHere() {
    service.layers = List.of(layer(100, "complete", null));
    assertThat(run("warm", "--wait", "a:1").err())
        .isEqualTo("100 B of 100 B\na:1: all 100 B are here\n");
  }

  @Test
  void warmHintsBringsOnlyWhatTheyName() {
    assertThat(run("warm", "--hints", "a:1").err())
        .isEqualTo("a:1: 30 B of 70 B that hints name to come, compressed\n");
    Run waited = run("warm", "--hints", "--wait", "a:1", "--json");
    assertThat(waited.code()).isZero();
    assertThat(waited.out())
        .isEqualTo("{\"reference\":\"a:1\",\"bytes\":70,\"missing_bytes\":0,\"ended\":true}\n");
    assertThat(service.commands).containsExactly("warm-hints a:1", "warm-hints a:1", "hints a:1");
  }

  @Test
  void warmFailsWhenItCanNotBe() {
    service.layers = List.of(layer(0, "wrong", "its tar is another"));
    Run wrong = run("warm", "--wait", "a:1");
    assertThat(wrong.code()).isNotZero();
    assertThat(wrong.err()).contains("warm a:1: layer sha256:ab: its tar is another");
    service.layers = List.of();
    assertThat(run("warm", "--wait", "a:1").err()).contains("the image was removed meanwhile");
  }
}
