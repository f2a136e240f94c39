package dev.sluice.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** A prefetch manifest, in both forms: nothing refuses it, what is wrong in it is told. */
public final class PrefetchManifestFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    return Set.of();
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        """
        {"version":1,"images":[{"image":"docker.io/library/*","priority":3,"files":[
        {"path":"/usr/lib/**/*.so","priority":-1},{"path":"/etc/[a-c]?*",
        "ranges":[{"from":0,"to":4096},{"from":8192}]}]}]}
        """,
        """
        version = 1
        [[images]]
        image = "docker.io/library/python:3*"
        [[images.files]]
        path = "/usr/bin/python3"
        [[images.files.ranges]]
        from = 0
        to = 65536
        """);
  }

  @Override
  public void run(byte[] input) {
    for (String file : List.of("manifest.json", "manifest.toml")) {
      Manifest manifest = ManifestReader.read(Path.of(file), input);
      assertThat(manifest.problems()).hasSizeLessThanOrEqualTo(100);
      for (Manifest.Entry entry : manifest.images()) {
        for (WantedFile wanted : entry.files()) {
          wanted.ranges().forEach(range -> assertThat(range.to()).isGreaterThan(range.from()));
        }
      }
    }
  }
}
