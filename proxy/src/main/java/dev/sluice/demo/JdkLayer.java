package dev.sluice.demo;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * The running JDK as a gzip layer: the directory {@code jdk}.
 *
 * @param file the compressed layer
 * @param digest of the compressed layer
 * @param diffId of the tar
 * @param tarBytes length of the tar
 */
record JdkLayer(Path file, Digest digest, Digest diffId, long tarBytes) {
  static final String JAVA = "jdk/bin/java";

  /** Packs {@code java.home} into {@code file}. */
  static JdkLayer pack(Path file) throws IOException, InterruptedException {
    return pack(file, home(), List.of("."));
  }

  /** Packs what is small of it: hundreds of files, a few megabytes. */
  static JdkLayer packSmall(Path file) throws IOException, InterruptedException {
    Path home = home();
    return pack(
        file,
        home,
        Stream.of("release", "conf", "include", "legal", "lib/libjava.so", "lib/libnio.so")
            .filter(name -> Files.exists(home.resolve(name)))
            .map("./"::concat)
            .toList());
  }

  private static Path home() throws IOException {
    return Path.of(System.getProperty("java.home")).toRealPath();
  }

  private static JdkLayer pack(Path file, Path home, List<String> names)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "tar",
            "--sort=name",
            "--numeric-owner",
            "--owner=0",
            "--group=0",
            "--transform=s,^\\./,jdk/,;s,^\\.$,jdk,",
            "-C",
            home.toString(),
            "-cf",
            "-"));
    command.addAll(names);
    Process tar =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    MessageDigest plain = Digest.newSha256();
    MessageDigest compressed = Digest.newSha256();
    long bytes;
    try (InputStream in = tar.getInputStream();
        OutputStream out = new DigestOutputStream(Files.newOutputStream(file), compressed);
        OutputStream gzip = new DigestOutputStream(new GZIPOutputStream(out, 64 << 10), plain)) {
      bytes = in.transferTo(gzip);
    }
    if (!tar.waitFor(60, TimeUnit.SECONDS) || tar.exitValue() != 0) {
      tar.destroyForcibly();
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "pack the JDK in " + home + ": tar failed, its message stands above");
    }
    return new JdkLayer(file, Digest.sha256Of(compressed), Digest.sha256Of(plain), bytes);
  }
}
