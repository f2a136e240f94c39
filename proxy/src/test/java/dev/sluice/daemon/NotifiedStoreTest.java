package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.keeper.DescriptorStore;
import dev.sluice.keeper.DescriptorStore.Trust;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol of systemd's descriptor store; the test plays the manager. */
class NotifiedStoreTest {
  private static final String MANAGER =
      """
      import array, os, socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.settimeout(20)
      s.bind(sys.argv[1])
      print('bound', flush=True)
      while True:
          message, fds, _, _ = socket.recv_fds(s, 4096, 4)
          print(message.decode().replace('\\n', '|'), [os.readlink('/proc/self/fd/%d' % f) for f in fds],
                flush=True)
      """;

  @TempDir Path directory;

  @Test
  void aDescriptorIsGivenAndTakenBack() throws Exception {
    Path file = Files.createFile(directory.resolve("kept"));
    String name = directory.resolve("notify").toString();
    try (Python manager = new Python(MANAGER, name);
        var channel = Files.newByteChannel(file)) {
      assertThat(channel.isOpen()).isTrue();
      assertThat(manager.line()).isEqualTo("bound");
      DescriptorStore store =
          ServiceNotify.of(Map.of("NOTIFY_SOCKET", name, "FDSTORE", "4")).descriptors();
      assertThat(store.trust()).isEqualTo(Trust.SURE);
      assertThat(store.take()).isEmpty();
      int descriptor = descriptorOf(file);
      store.put(new SessionFiles(descriptor, OptionalInt.of(descriptor)));
      String kept = "FDPOLL=0 ['" + file.toRealPath() + "']";
      assertThat(manager.line()).isEqualTo("FDSTORE=1|FDNAME=sluice-session|" + kept);
      assertThat(manager.line()).isEqualTo("FDSTORE=1|FDNAME=sluice-requests|" + kept);
      store.remove();
      assertThat(manager.line()).isEqualTo("FDSTOREREMOVE=1|FDNAME=sluice-session []");
      assertThat(manager.line()).isEqualTo("FDSTOREREMOVE=1|FDNAME=sluice-requests []");
    }
  }

  private static int descriptorOf(Path file) throws Exception {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path each : open.toList()) {
        int descriptor = Integer.parseInt(each.getFileName().toString());
        if (Files.exists(each)
            && Descriptors.name(descriptor).equals(file.toRealPath().toString())) {
          return descriptor;
        }
      }
    }
    throw new AssertionError(file + " is not open");
  }

  @Test
  void whatTheManagerKeptIsFoundByItsName() {
    String pid = Long.toString(ProcessHandle.current().pid());
    Map<String, String> environment =
        Map.of(
            "NOTIFY_SOCKET",
            directory.resolve("notify").toString(),
            "LISTEN_PID",
            pid,
            "LISTEN_FDS",
            "3",
            "LISTEN_FDNAMES",
            "other:sluice-session:sluice-requests",
            "FDSTORE",
            "1");
    DescriptorStore store = ServiceNotify.of(environment).descriptors();
    assertThat(store.trust()).isEqualTo(Trust.UNSURE);
    assertThat(store.take()).contains(new SessionFiles(4, OptionalInt.of(5)));
    assertThat(store.take()).isEmpty();
  }

  @Test
  void whatIsForAnotherProcessIsLeftAlone_andSoIsNonsense() {
    Map<String, String> forOthers =
        Map.of(
            "NOTIFY_SOCKET",
            "/x",
            "LISTEN_PID",
            "1",
            "LISTEN_FDS",
            "1",
            "LISTEN_FDNAMES",
            "sluice-session");
    assertThat(ServiceNotify.of(forOthers).descriptors().take()).isEmpty();
    Map<String, String> nonsense = Map.of("NOTIFY_SOCKET", "/x", "LISTEN_PID", "x", "FDSTORE", "y");
    assertThat(ServiceNotify.of(nonsense).descriptors().take()).isEmpty();
    assertThat(ServiceNotify.of(Map.of()).descriptors().trust()).isEqualTo(Trust.NONE);
  }
}
