package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketDirectoryTest {
  private static final String HOLDER =
      """
      import fcntl, os, sys, time
      f = open(sys.argv[1], 'w')
      fcntl.flock(f, fcntl.LOCK_EX)
      f.write(str(os.getpid())); f.flush()
      print('held', flush=True)
      time.sleep(20)
      """;

  @TempDir Path directory;
  private Path socket;

  @BeforeEach
  void name() {
    socket = directory.resolve("run/sluice/s.sock");
  }

  private static ServerSocketChannel bind(Path path) throws Exception {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    return server;
  }

  private static String mode(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void theSocketIsForItsOwnerAlone() throws Exception {
    try (SocketDirectory claimed = SocketDirectory.claim(socket, Duration.ZERO);
        ServerSocketChannel _ = bind(claimed.newSocket())) {
      assertThat(socket).doesNotExist();
      claimed.publish();
      assertThat(mode(socket.getParent())).isEqualTo("rwx------");
      assertThat(mode(socket)).isEqualTo("rw-------");
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void aDirectoryThatTheServiceManagerMadeIsClosedToOthers() throws Exception {
    Files.createDirectories(socket.getParent());
    Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
    SocketDirectory.claim(socket, Duration.ZERO).close();
    assertThat(mode(socket.getParent())).isEqualTo("rwx------");
  }

  @Test
  void aDirectoryThatHoldsMoreKeepsItsPermissions() throws Exception {
    Files.createDirectories(socket.getParent());
    Files.writeString(socket.resolveSibling("other"), "x");
    Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
    SocketDirectory.claim(socket, Duration.ZERO).close();
    assertThat(mode(socket.getParent())).isEqualTo("rwxr-xr-x");
  }

  @Test
  void whatAKilledProcessLeftIsRemoved() throws Exception {
    Files.createDirectories(socket.getParent());
    bind(socket).close();
    assertThat(socket).exists();
    try (SocketDirectory _ = SocketDirectory.claim(socket, Duration.ZERO);
        ServerSocketChannel _ = bind(socket)) {
      assertThat(socket).exists();
    }
  }

  @Test
  void somethingElseThanASocketIsNotRemoved() throws Exception {
    Files.createDirectories(socket.getParent());
    Files.writeString(socket, "precious");
    assertThatThrownBy(() -> SocketDirectory.claim(socket, Duration.ZERO))
        .hasMessageContaining("something else than a socket is there");
    assertThat(socket).hasContent("precious");
    Files.delete(socket);
    SocketDirectory.claim(socket, Duration.ZERO).close();
  }

  @Test
  void aSecondServiceIsRefusedAndLeavesTheSocketAlone() throws Exception {
    try (SocketDirectory first = SocketDirectory.claim(socket, Duration.ZERO);
        ServerSocketChannel _ = bind(first.newSocket())) {
      first.publish();
      assertThatThrownBy(() -> SocketDirectory.claim(socket, Duration.ofMillis(120)))
          .isInstanceOfSatisfying(
              SluiceException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(FailureKind.FAILED_PRECONDITION);
                assertThat(e)
                    .hasMessageContaining("process " + ProcessHandle.current().pid() + " uses it");
              });
      assertThat(socket).exists();
    }
  }

  @Test
  void aProgramWithoutOurLockKeepsItsSocket() throws Exception {
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel _ = bind(socket)) {
      assertThatThrownBy(() -> SocketDirectory.claim(socket, Duration.ZERO))
          .hasMessageContaining("another program listens there");
      assertThat(socket).exists();
    }
  }

  @Test
  void oneThatEndsLateDoesNotTakeTheSocketOfAnother() throws Exception {
    SocketDirectory first = SocketDirectory.claim(socket, Duration.ZERO);
    ServerSocketChannel old = bind(first.newSocket());
    first.publish();
    old.close();
    Files.delete(socket);
    try (ServerSocketChannel _ = bind(socket)) {
      first.close();
      assertThat(socket).exists();
    }
  }

  @Test
  void aSuccessorWaitsForTheOneThatIsEnding() throws Exception {
    Path lock = directory.resolve("lock");
    Python holder = new Python(HOLDER, lock.toString());
    assertThat(holder.line()).isEqualTo("held");
    assertThatThrownBy(() -> InstanceLock.acquire(lock, "the state directory", Duration.ZERO))
        .hasMessage("lock the state directory: process " + holder.pid() + " uses it");
    Thread end = Thread.ofVirtual().start(holder::close);
    try (InstanceLock _ =
        InstanceLock.acquire(lock, "the state directory", Duration.ofSeconds(15))) {
      assertThat(lock).hasContent(ProcessHandle.current().pid() + "");
    }
    end.join();
  }

  @Test
  void aLockWhereNoFileCanBeMadeSaysSo() {
    assertThatThrownBy(
            () -> InstanceLock.acquire(directory.resolve("no/lock"), "it", Duration.ZERO))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining("lock it: ")
        .hasMessageContaining("No such file");
  }
}
