package dev.sluice.registry;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/** A running registry that isn't ours: Debian's package docker-registry, over plain HTTP. */
public final class DebianRegistry implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

  private final Process process;
  private final int port;
  private final Path passwords;
  private final Path log;

  private DebianRegistry(Process process, int port, Path passwords, Path log) {
    this.process = process;
    this.port = port;
    this.passwords = passwords;
    this.log = log;
  }

  /** A registry for everybody. */
  public static DebianRegistry open(Path directory) throws Exception {
    return start(directory, "");
  }

  /** A registry for one user by HTTP Basic. */
  public static DebianRegistry guarded(Path directory, String user, String password)
      throws Exception {
    writePassword(directory.resolve("htpasswd"), user, password, Instant.EPOCH);
    return start(
        directory,
        "auth: {htpasswd: {realm: test, path: %s}}".formatted(directory.resolve("htpasswd")));
  }

  private static DebianRegistry start(Path directory, String more) throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            version: 0.1
            log: {level: info, accesslog: {disabled: false}}
            storage: {filesystem: {rootdirectory: %s}}
            http: {addr: "127.0.0.1:0"}
            %s
            """
                .formatted(directory.resolve("data"), more));
    Process process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .start();
    CompletableFuture<Integer> port = new CompletableFuture<>();
    Path log = directory.resolve("registry.log");
    BufferedReader out = process.inputReader();
    Thread.ofVirtual().start(() -> listen(out, log, port));
    return new DebianRegistry(
        process, port.get(30, TimeUnit.SECONDS), directory.resolve("htpasswd"), log);
  }

  private static void listen(BufferedReader out, Path log, CompletableFuture<Integer> port) {
    StringBuilder seen = new StringBuilder();
    try (var file = Files.newBufferedWriter(log)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        file.write(line + "\n");
        file.flush();
        if (!port.isDone()) {
          seen.append(line).append('\n');
        }
        Matcher listening = LISTENING.matcher(line);
        if (listening.find()) {
          port.complete(Integer.parseInt(listening.group(1)));
        }
      }
    } catch (IOException e) {
      seen.append(e);
    }
    port.completeExceptionally(new AssertionError("docker-registry ended: " + seen));
  }

  /** {@code 127.0.0.1:port}. */
  public String host() {
    return "127.0.0.1:" + port;
  }

  /** From now on this is the password. */
  public void changePassword(String user, String password) throws IOException {
    // The registry reads the file again if its time has changed.
    writePassword(passwords, user, password, Files.getLastModifiedTime(passwords).toInstant());
  }

  private static void writePassword(Path file, String user, String password, Instant before)
      throws IOException {
    byte[] salt = new byte[16];
    new SecureRandom().nextBytes(salt);
    String hash = OpenBSDBCrypt.generate("2y", password.toCharArray(), salt, 4);
    Files.writeString(file, user + ":" + hash + "\n");
    Files.setLastModifiedTime(file, FileTime.from(before.plusSeconds(60)));
  }

  /** How many answers there were to GETs whose line in the access log contains this. */
  public long gets(String part) throws IOException {
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> line.contains("\"GET /v2/") && line.contains(part)).count();
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("docker-registry doesn't end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
