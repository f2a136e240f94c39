package dev.sluice.fuse;

import dev.sluice.fuse.linux.HolderProcess;
import dev.sluice.fuse.memory.Content;
import dev.sluice.fuse.memory.MemoryFs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A server in a process of its own, to be killed: mounts, or goes on with what the one before it
 * has left. Its reads take up to {@link #SLOWEST_MILLIS}, so that there are some in flight at any
 * time.
 */
final class ServerProcess implements AutoCloseable {
  static final int FILE_BYTES = 8 << 20;
  private static final int SEED = 5;
  private static final int SLOWEST_MILLIS = 30;
  private static final String SERVES = "serves";

  private final Process process;

  private ServerProcess(Process process) {
    this.process = process;
  }

  /** What the one file of the mount, "f", holds. */
  static byte[] bytes() {
    return Content.random(FILE_BYTES, SEED).bytes(0, FILE_BYTES);
  }

  /** Starts one; returns when it serves. */
  static ServerProcess start(BridgeKind kind, Path directory, Path session) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            ServerProcess.class.getName(),
            kind.name(),
            directory.toString(),
            session.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.equals(SERVES)) {
        return new ServerProcess(process);
      }
    }
    throw new IOException("a server ended before it served");
  }

  /** Kills it, at whatever it does. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** Ends who keeps the session. */
  static void endHolder(Path session) throws IOException {
    holder(Files.readAllLines(session)).end();
  }

  private static HolderProcess holder(List<String> session) {
    return new HolderProcess(Integer.parseInt(session.get(0)), Long.parseLong(session.get(1)));
  }

  public static void main(String[] arguments) throws IOException {
    FuseBridge bridge = BridgeKind.valueOf(arguments[0]).bridge();
    Path directory = Path.of(arguments[1]);
    Path file = Path.of(arguments[2]);
    MemoryFs fs = new MemoryFs();
    fs.root().file("f", slow(Content.random(FILE_BYTES, SEED)));
    if (Files.exists(file)) {
      List<String> told = Files.readAllLines(file);
      MountedSession session =
          new MountedSession(
              directory, told.get(2), Integer.parseInt(told.get(3)), Long.parseLong(told.get(4)));
      SessionFiles files = SessionFiles.of(holder(told).fetch());
      var _ = bridge.adopt(fs, session, files, MountOptions.DEFAULT);
    } else {
      HandOver mount = bridge.mount(fs, directory, MountOptions.DEFAULT).handOver().orElseThrow();
      try (SessionFiles files = mount.duplicate()) {
        HolderProcess holder = HolderProcess.start(files.numbers(), directory.toString());
        MountedSession session = mount.session();
        Files.write(
            file,
            List.of(
                Integer.toString(holder.pid()),
                Long.toString(holder.startTicks()),
                session.device(),
                Integer.toString(session.minor()),
                Long.toString(session.flags())));
      }
    }
    System.out.println(SERVES);
    var _ = System.in.read(); // until it is killed, or its parent ends
  }

  private static Content slow(Content content) {
    ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
    return new Content() {
      @Override
      public long size() {
        return content.size();
      }

      @Override
      public void read(long offset, int size, ReadReply reply) {
        var _ =
            later.schedule(
                () -> content.read(offset, size, reply),
                ThreadLocalRandom.current().nextInt(SLOWEST_MILLIS),
                TimeUnit.MILLISECONDS);
      }
    };
  }
}
